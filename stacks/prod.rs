//! The production environment: what development has, in every zone on its own, and guarded against deletion.

mod variables;

use rust_stack::{
    aws::{
        ecs::{ContainerInsights, HealthCheck},
        logs::Retention,
    },
    prelude::*,
};
use variables::{App, Variables};

const PORT: Port = Port::new(8080);

fn main() -> ExitCode {
    rust_stack::run(stack)
}

fn stack(name: &str, variables: &Variables) -> Stack {
    let mut stack = Stack::new(name);
    stack.tag("environment", name);

    let network = Network::new("main", &variables.region, variables.cidr)
        .zones(variables.zones)
        .nat(variables.nat)
        .protect()
        .build(&mut stack);
    let images = Registry::new("app").keep(200).protect().build(&mut stack);
    let mut traffic =
        Traffic::new("web", &network).port(PORT).health("/health").max_request(Seconds::new(30)).protect();
    if let Some(https) = &variables.https {
        traffic = traffic.https(https.clone());
    }
    let traffic = traffic.build(&mut stack);
    let cluster = Cluster::new("main").container_insights(ContainerInsights::Enhanced).build(&mut stack);
    let mut web = Service::new("web", &cluster, &network, &traffic)
        .image(images.image(&variables.image))
        .size(variables.size)
        .rollout(variables.rollout.clone())
        .count(variables.desired_count)
        .environment("PORT", PORT.to_string())
        .environment("KEEP_ALIVE_SECONDS", traffic.keep_alive().to_string())
        .health_check(HealthCheck::shell(format!(
            "python -c \"import urllib.request as r; r.urlopen('http://127.0.0.1:{PORT}/health', timeout=3)\""
        )))
        .starts_within(Seconds::new(15))
        .log_retention(Retention::Days(variables.log_retention))
        .protect();
    for (name, value) in variables.app.iter().flat_map(App::environment) {
        web = web.environment(name, value);
    }
    let web = web.build(&mut stack);

    stack.serves(traffic.probe("/").at_least(variables.desired_count).slow("/slow?ms={ms}").expect("Hello from"));

    stack.output("url", traffic.url("/"));
    stack.output("health_url", traffic.url("/health"));
    stack.output("repository", images.repository.uri());
    stack.output("cluster", cluster.cluster.name());
    stack.output("service", web.service.name());
    stack.output("log_group", web.log_group.name());
    for (index, elastic_ip) in network.elastic_ips.iter().enumerate() {
        stack.output(format!("nat_ip_{}", index + 1), elastic_ip.public_ip());
    }
    stack
}
