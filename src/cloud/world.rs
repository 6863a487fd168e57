//! All the state there is, and transactions on it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::config::Config;
use crate::context::{self, Context, Prepared};
use crate::ids::Ids;
use crate::latency::Pace;
use crate::operation::Service;
use crate::plane::Facts;
use crate::services::SERVICES;
use crate::storage::{Batch, Storage, StorageError, Stored};
use crate::table::TableSet;
use crate::wire::ApiError;
use crate::{ec2, ecr, ecs, elbv2, iam, logs, sts};

/// The place of what belongs to the account and to no region, in storage.
const GLOBAL: &str = "global";

/// The region of requests to a global service.
const GLOBAL_REGION: &str = "us-east-1";

/// Every service's state. It is used under one lock, one transaction at a time.
#[derive(Debug)]
pub(crate) struct World {
    regions: BTreeMap<String, Region>,
    global: Global,
    ids: Ids,
    storage: Storage,
    pace: Pace,
    /// What the data plane has seen; `None` where there is no data plane.
    facts: Option<Facts>,
    account: String,
    /// The regions in which every service's `prepare` is known to have run.
    prepared: BTreeSet<String>,
}

/// The state of one region.
#[derive(Debug, Default)]
struct Region {
    ec2: ec2::Tables,
    elbv2: elbv2::Tables,
    ecs: ecs::Tables,
    ecr: ecr::Tables,
    logs: logs::Tables,
}

/// The state of the account.
#[derive(Debug, Default)]
struct Global {
    iam: iam::Tables,
    sts: sts::Tables,
    core: context::Tables,
}

/// Who asks for what, when and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) service: &'static Service,
    pub(crate) operation: &'static str,
    pub(crate) region: &'a str,
    pub(crate) access_key: &'a str,
    pub(crate) fingerprint: &'a str,
    pub(crate) now: Timestamp,
}

type NamedTables<'a> = Vec<(&'static str, &'a mut dyn TableSet)>;

impl World {
    /// The world as it was stored, or an empty one.
    pub(crate) fn open(config: &Config) -> Result<Self, StorageError> {
        let (storage, stored, starts) = match &config.directory {
            Some(directory) => Storage::open(directory)?,
            None => (Storage::memory(), Vec::new(), 0),
        };
        let mut world = World {
            regions: BTreeMap::new(),
            global: Global::default(),
            ids: Ids::new(config.seed, starts),
            storage,
            pace: Pace { latency: config.latency, time_scale: config.time_scale },
            facts: config.plane.as_ref().map(|_| Facts::default()),
            account: config.account.clone(),
            prepared: BTreeSet::new(),
        };
        for record in stored {
            world.load(&record)?;
        }
        for image in config.plane.iter().flat_map(|plane| &plane.images) {
            ecr::seed(&mut world.global.core, image.clone());
        }
        Ok(world)
    }

    /// Runs one request: its changes are stored when it succeeds, and taken back when it fails.
    pub(crate) fn transact<T>(
        &mut self,
        request: Request<'_>,
        work: impl FnOnce(&mut Context<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let region = if request.service.global { GLOBAL_REGION } else { request.region };
        let request = Request { region, ..request };
        self.prepare(request)?;
        self.apply(request, |context| {
            ecs::advance(context);
            work(context)
        })
    }

    /// Lets time pass in every region without a request, and does `work` in each, as one transaction a region.
    pub(crate) fn turn<T>(
        &mut self,
        now: Timestamp,
        mut work: impl FnMut(&mut Context<'_>) -> T,
    ) -> Result<Vec<T>, ApiError> {
        let regions: Vec<String> = self.regions.keys().cloned().collect();
        let mut done = Vec::with_capacity(regions.len());
        for region in &regions {
            let request =
                Request { service: &ecs::SERVICE, operation: "", region, access_key: "", fingerprint: "", now };
            done.push(self.apply(request, |context| {
                ecs::observe(context);
                Ok(work(context))
            })?);
        }
        Ok(done)
    }

    /// Does `work` in every region there is, and at least in one, without a request of a client.
    pub(crate) fn everywhere<T>(
        &mut self,
        now: Timestamp,
        mut work: impl FnMut(&mut Context<'_>) -> Result<T, ApiError>,
    ) -> Result<Vec<T>, ApiError> {
        self.regions.entry(GLOBAL_REGION.to_owned()).or_default();
        let regions: Vec<String> = self.regions.keys().cloned().collect();
        let request =
            |region| Request { service: &ecr::SERVICE, operation: "", region, access_key: "", fingerprint: "", now };
        regions.iter().map(|region| self.apply(request(region), &mut work)).collect()
    }

    /// Where the data plane writes down what it has seen.
    pub(crate) fn facts(&mut self) -> &mut Facts {
        self.facts.get_or_insert_default()
    }

    /// What the data plane has seen, if there is one.
    pub(crate) fn seen(&self) -> Option<&Facts> {
        self.facts.as_ref()
    }

    /// What the access key stands for, if STS gave it out.
    pub(crate) fn session(&self, access_key: &str) -> Option<&sts::Session> {
        self.global.sts.sessions.get(access_key)
    }

    /// How many objects users have made, by service and table.
    pub(crate) fn counts(&mut self) -> BTreeMap<&'static str, BTreeMap<&'static str, usize>> {
        let mut counts: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        let regions = self.regions.values_mut().flat_map(Region::services);
        for (service, tables) in regions.chain(self.global.services()).filter(|(service, _)| *service != "core") {
            for (table, rows) in tables.tables() {
                *counts.entry(service).or_default().entry(table).or_default() += rows.count();
            }
        }
        counts
    }

    /// Waits until everything that was committed is on the disk itself.
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        self.storage.sync()
    }

    /// Lets every service make what AWS has made before the first request in a region.
    fn prepare(&mut self, request: Request<'_>) -> Result<(), ApiError> {
        if self.prepared.contains(request.region) {
            return Ok(());
        }
        for service in SERVICES.iter().copied() {
            let region = if service.global { GLOBAL_REGION } else { request.region };
            let marker = format!("{}/{}", if service.global { GLOBAL } else { region }, service.name);
            if self.global.core.prepared.contains(&marker) {
                continue;
            }
            self.apply(Request { service, region, ..request }, |context| {
                (service.prepare)(context);
                context.core.prepared.insert(marker, Prepared {});
                Ok(())
            })?;
        }
        self.prepared.insert(request.region.to_owned());
        Ok(())
    }

    fn apply<T>(
        &mut self,
        request: Request<'_>,
        work: impl FnOnce(&mut Context<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let result = work(&mut self.context(request));
        let result = result.and_then(|output| {
            self.store(request.region).map_err(|error| ApiError::internal(error.to_string()))?;
            Ok(output)
        });
        for (_, tables) in self.touched(request.region) {
            for (_, table) in tables.tables() {
                if result.is_ok() { table.commit() } else { table.rollback() }
            }
        }
        result
    }

    /// Takes back what a handler that panicked has done.
    pub(crate) fn recover(&mut self) {
        let regions = self.regions.values_mut().flat_map(Region::services);
        for (_, tables) in regions.chain(self.global.services()) {
            for (_, table) in tables.tables() {
                table.rollback();
            }
        }
    }

    fn context<'a>(&'a mut self, request: Request<'a>) -> Context<'a> {
        let region = self.regions.entry(request.region.to_owned()).or_default();
        Context {
            ec2: &mut region.ec2,
            elbv2: &mut region.elbv2,
            ecs: &mut region.ecs,
            ecr: &mut region.ecr,
            logs: &mut region.logs,
            iam: &mut self.global.iam,
            sts: &mut self.global.sts,
            core: &mut self.global.core,
            ids: &mut self.ids,
            pace: self.pace,
            facts: self.facts.as_ref(),
            now: request.now,
            account: &self.account,
            region: request.region,
            access_key: request.access_key,
            service: request.service,
            operation: request.operation,
            fingerprint: request.fingerprint,
        }
    }

    /// The tables that a request in `region` can have touched.
    fn touched(&mut self, region: &str) -> NamedTables<'_> {
        let regional = self.regions.get_mut(region).map(Region::services).unwrap_or_default();
        regional.into_iter().chain(self.global.services()).collect()
    }

    fn store(&mut self, region: &str) -> Result<(), StorageError> {
        let mut batches = Vec::new();
        let regional = self.regions.get_mut(region).map(Region::services).unwrap_or_default();
        let scoped = [(region, regional), (GLOBAL, self.global.services())];
        for (scope, services) in scoped {
            for (service, tables) in services {
                for (table, rows) in tables.tables() {
                    let changes = rows.changes().map_err(|error| unreadable(scope, service, table, &error))?;
                    batches.push(Batch { scope, service, table, changes });
                }
            }
        }
        self.storage.write(batches)
    }

    fn load(&mut self, record: &Stored) -> Result<(), StorageError> {
        let services = match record.scope.as_str() {
            GLOBAL => self.global.services(),
            region => self.regions.entry(region.to_owned()).or_default().services(),
        };
        let unfit = |reason: String| {
            let place = format!("{}/{}/{}/{}", record.scope, record.service, record.table, record.key);
            StorageError::Record { place, reason }
        };
        let mut services = services.into_iter();
        let (_, tables) = services
            .find(|(service, _)| *service == record.service)
            .ok_or_else(|| unfit("there is no such service".to_owned()))?;
        let mut tables = tables.tables().into_iter();
        let (_, rows) = tables
            .find(|(table, _)| *table == record.table)
            .ok_or_else(|| unfit("there is no such table".to_owned()))?;
        rows.load(&record.key, &record.json).map_err(|error| unfit(error.to_string()))
    }
}

fn unreadable(scope: &str, service: &str, table: &str, error: &serde_json::Error) -> StorageError {
    StorageError::Record { place: format!("{scope}/{service}/{table}"), reason: error.to_string() }
}

impl Region {
    fn services(&mut self) -> NamedTables<'_> {
        vec![
            ("ec2", &mut self.ec2),
            ("elbv2", &mut self.elbv2),
            ("ecs", &mut self.ecs),
            ("ecr", &mut self.ecr),
            ("logs", &mut self.logs),
        ]
    }
}

impl Global {
    fn services(&mut self) -> NamedTables<'_> {
        vec![("iam", &mut self.iam), ("sts", &mut self.sts), ("core", &mut self.core)]
    }
}
