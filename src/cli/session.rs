//! A stack, its state, and the cloud it lives in.

use crate::{
    arguments::Global,
    error::{CliError, Kind},
    local,
    output::Output,
    project::Project,
    stack_program,
};
use aws::live::{
    Connection, Login, Others, others,
    status::{self, ServiceKey, ServiceStatus},
};
use engine::{
    Fault,
    apply::{Limit, Rates},
    plan::{Mode, Observations, Plan, Request},
    provider::Kinds,
    refresh::refresh,
    serve::{Proof, Question},
    state::{Home, Journal, Object, State, Store},
};
use model::Document;
use std::{path::PathBuf, time::Duration};

/// Everything a command that works on a stack needs.
pub(crate) struct Session {
    pub(crate) store: Store,
    /// Where the state is.
    pub(crate) directory: PathBuf,
    pub(crate) home: Home,
    pub(crate) kinds: Kinds,
    connection: Connection,
    /// The local cloud, if it lives in that.
    local: Option<local::Endpoint>,
}

/// The name under which the local cloud stands in the state: its port may change.
const LOCAL: &str = "local";

/// How long after its creation AWS may not yet show an object to reads.
const EVENTUAL: Duration = Duration::from_secs(15);

impl Session {
    /// Opens the state and connects to the cloud; `region` is the stack's own.
    pub(crate) async fn open(
        global: &Global,
        project: &Project,
        stack: &str,
        region: Option<&str>,
        output: &Output,
    ) -> Result<Self, CliError> {
        let store = open_store(project, stack, global.local, output)?;
        let recorded = store.state().home.as_ref().map(|home| home.region.clone());
        let region = global.region.clone().or_else(|| region.map(str::to_owned)).or(recorded);
        let local = if global.local { Some(local::ensure(project, output).await?) } else { None };
        let login = if let Some(endpoint) = &local {
            Login {
                region: region.or_else(|| Some("us-east-1".to_owned())),
                endpoint_url: Some(endpoint.url.clone()),
                credentials: Some(("local".to_owned(), "local".to_owned())),
                ..Login::default()
            }
        } else {
            Login {
                region,
                profile: global.profile.clone(),
                endpoint_url: global.endpoint_url.clone(),
                credentials: None,
            }
        };
        let connection = login.connect().await.map_err(|fault| match (&global.profile, fault) {
            (Some(profile), Fault::Credentials(why)) => Fault::Credentials(format!("the profile `{profile}`: {why}")),
            (_, fault) => fault,
        })?;
        let endpoint = if global.local { Some(LOCAL.to_owned()) } else { connection.endpoint_url.clone() };
        let home = Home { account: connection.account.clone(), region: connection.region.clone(), endpoint };
        store.state().claim(&home)?;
        let kinds = Kinds::bind(aws::KINDS, &connection.aws);
        let directory = project.state(stack, global.local);
        Ok(Self { store, directory, home, kinds, connection, local })
    }

    /// How the services of the stack stand.
    pub(crate) async fn services(&self) -> Result<Vec<ServiceStatus>, CliError> {
        let objects = |kind: &'static str| {
            let records = self.store.state().resources.values().filter(move |record| record.kind == kind);
            records.flat_map(|record| record.objects())
        };
        let key = |object: &Object| {
            let cluster = object.inputs["cluster"].as_str()?.to_owned();
            Some(ServiceKey { cluster, service: object.id.to_string() })
        };
        let keys: Vec<ServiceKey> = objects("ecs.service").filter_map(key).collect();
        let listeners: Vec<String> = objects("elbv2.listener").map(|object| object.id.to_string()).collect();
        Ok(status::services(&self.connection.aws, &keys, &listeners).await?)
    }

    /// Locks the stack for this process, and says what was found amiss.
    pub(crate) fn lock(&self, output: &Output) -> Result<Journal, CliError> {
        let command = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
        let journal = self.store.lock(&command)?;
        for warning in journal.warnings() {
            output.warning(&warning.to_string());
        }
        Ok(journal)
    }

    /// Asks the cloud about everything recorded.
    pub(crate) async fn refresh(&self, state: &State) -> Result<Observations, CliError> {
        Ok(refresh(&self.kinds, state, self.invisible(state).await?).await?)
    }

    /// How long what an interrupted apply has made may not show yet, if there may be any.
    async fn invisible(&self, state: &State) -> Result<Duration, CliError> {
        match &self.local {
            _ if state.resources.values().all(|record| record.pending.is_none()) => Ok(Duration::ZERO),
            Some(endpoint) => local::takes(endpoint, EVENTUAL).await,
            None => Ok(EVENTUAL),
        }
    }

    /// Plans from `recorded` to `desired`.
    pub(crate) async fn plan(&self, desired: &Document, recorded: &State, mode: Mode) -> Result<Plan, CliError> {
        let observed = self.refresh(recorded).await?;
        self.plan_from(desired, recorded, &observed, mode)
    }

    /// Plans from `recorded`, which the cloud has already been asked about, to `desired`.
    pub(crate) fn plan_from(
        &self,
        desired: &Document,
        recorded: &State,
        observed: &Observations,
        mode: Mode,
    ) -> Result<Plan, CliError> {
        let seed = format!("{}/{}", recorded.serial, jiff::Timestamp::now().as_nanosecond());
        Ok(engine::plan::plan(&Request {
            desired,
            recorded,
            observed,
            schemas: &self.kinds.schemas(),
            home: &self.home,
            mode,
            seed: &seed,
        })?)
    }

    /// What is proven of a plan. What others own and requests go by is read when there is anything to prove.
    pub(crate) async fn prove(
        &self,
        plan: &Plan,
        desired: &Document,
        recorded: &State,
        observed: &Observations,
        output: &Output,
    ) -> Result<Proof, CliError> {
        let others = match plan.steps.is_empty() || plan.mode == Mode::Destroy {
            true => Others::default(),
            false => others(&self.connection.aws, recorded).await?,
        };
        for id in &others.unread {
            output.warning(&format!("{id} is somebody else's, and the proof does not count it: it cannot be read"));
        }
        let schemas = &self.kinds.schemas();
        let foreign = &others.facts;
        Ok(engine::serve::prove(&Question { plan, desired, recorded, observed, schemas, foreign }))
    }

    /// The budgets of the cloud: AWS's documented ones, none for other endpoints until they throttle.
    pub(crate) fn rates(&self) -> Rates {
        Rates::new((self.local.is_none() && self.connection.endpoint_url.is_none()).then_some(Limit::EC2))
    }

    /// What the API calls so far were.
    pub(crate) fn spent(&self) -> aws::live::Spent {
        self.connection.meter.spent()
    }
}

/// Opens the state of a stack for reading, and says what was found amiss.
pub(crate) fn open_store(project: &Project, stack: &str, local: bool, output: &Output) -> Result<Store, CliError> {
    project.check_recorded(stack, local)?;
    let store = Store::open(&project.state(stack, local), stack)?;
    for warning in store.warnings() {
        output.warning(&warning.to_string());
    }
    Ok(store)
}

/// The stack's document, and a session with the region that its variables name.
pub(crate) async fn prepare(
    global: &Global,
    project: Project,
    stack: &str,
    output: &Output,
) -> Result<(Document, Session, Observations), CliError> {
    project.check(stack)?;
    // Building the stack and asking the cloud take about as long as each other, so they go on together wherever
    // the region is known without the stack.
    let known = open_store(&project, stack, global.local, output)?.state().home.clone();
    let region = global.region.clone().or(known.map(|home| home.region));
    let document = stack_program::document(&project, stack, &global.variables, output);
    let (document, session, observed) = match region {
        Some(region) => {
            let opened = async {
                let session = Session::open(global, &project, stack, Some(&region), output).await?;
                let observed = session.refresh(session.store.state()).await?;
                Ok::<_, CliError>((session, observed))
            };
            let (document, opened) = tokio::join!(document, opened);
            // The stack's own errors come first: they are the user's to mend.
            let document = document?;
            let (session, observed) = opened?;
            (document, session, observed)
        }
        None => {
            let document = document.await?;
            let region = document.variables.get("region").and_then(|region| region.as_str());
            let session = Session::open(global, &project, stack, region, output).await?;
            let observed = session.refresh(session.store.state()).await?;
            (document, session, observed)
        }
    };
    let wanted = document.variables.get("region").and_then(|region| region.as_str());
    if let Some(wanted) = wanted.filter(|wanted| *wanted != session.home.region) {
        let message =
            format!("the stack `{stack}` wants the region {wanted}, but the session is in {}", session.home.region);
        return Err(CliError::new(Kind::Credentials, message).hint(
            "A stack stays in its region. Set its variable `region` to that of the session, or give --region; to move, \
             destroy it and apply it anew.",
        ));
    }
    Ok((document, session, observed))
}
