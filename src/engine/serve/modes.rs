//! The table of the failure modes, for `rust-stack explain`. Longer than other files because it is one table.

use super::mode::{Explanation, Mode};

macro_rules! table {
    ($($number:literal $title:literal $arises:literal $avoided:literal $gate:literal;)+) => {
        /// Every failure mode, in order.
        pub(super) const EXPLANATIONS: &[Explanation] = &[$(Explanation {
            mode: Mode::new($number),
            title: $title,
            arises: $arises,
            avoided: $avoided,
            gate: $gate,
        }),+];
    };
}

table! {
    1 "target group replaced while in use"
      "Port, protocol and VPC of a target group cannot change, so it is replaced. Deleting the old one first, or \
       cutting the listener off first, leaves its requests without targets."
      "The new group gets a name of its own, enters the rule with weight 0, the service registers with both, and when \
       its targets are healthy the weight moves. The old group goes last."
      "502 and 503 of the load balancer; probes of the new group while its weight is still 0.";
    2 "fixed name blocks old and new side by side"
      "A name that must be unique and stays the same allows no second object, so that a tool deletes first."
      "Physical names carry the generation from the second one on, so that both can exist."
      "Nothing: it does not come so far.";
    3 "service replaced"
      "A change that ECS cannot make in place replaces the service; deleting the old one first ends all tasks."
      "A second service registers with the same groups and is healthy before the old one is deleted."
      "The number of healthy targets falls; 503.";
    4 "Service Connect service replaced"
      "The name of a service is unique in its namespace, so that no second one can stand beside the old one."
      "It is refused: change the service in place, or give the new one another name."
      "Nothing: it is refused.";
    5 "security group rule revoked before its successor works"
      "Revoking first, or at once, shuts out new connections until the new rule works everywhere; if authorizing then \
       fails, for good. There is no call that does both."
      "The new rule is made, a settling step sees it work, and only then the old one is revoked."
      "New connections time out. Connections that are kept alive still work, so the stream of new ones tells.";
    6 "egress of a shared security group narrowed"
      "The security group of a load balancer carries the connections to several services. Replacing all of its egress \
       by that of one service shuts out the others."
      "Every path through the group counts, those of others, too; a rule that another path needs is not dropped."
      "502 and 504 on paths that the change does not name, so every rule of the listener is probed.";
    7 "security group replaced while in use"
      "Tasks and load balancer still bear the old group, or bear only the new one before its rules work."
      "The new group with its rules stands beside the old one on everything that bears it, then the old one is taken \
       off, and is deleted when nothing bears it."
      "New connections to tasks time out; deleting answers DependencyViolation.";
    8 "requests sent to a group that is not healthy"
      "A rule gives weight to a group without healthy targets. When all are unhealthy the load balancer tries them \
       nevertheless, and when there are none it answers 503; weights do not fall over to another group."
      "A group gets weight only when its targets have been healthy for a while, and keeps its targets while it has any, \
       or while cookies lead to it."
      "502 and 503 in the share of the group.";
    9 "minimum and maximum per cent that stop or empty a deployment"
      "The minimum is rounded up and the maximum down: with one task, 100 and less than 200 per cent nothing can move; \
       with a minimum of 0 the only task is stopped first."
      "The numbers are computed for every count that may be wanted. For the wave 100 and 200 per cent take their place."
      "A deployment that does not get on, or fewer healthy targets than needed.";
    10 "targets drain for less time than their longest request"
      "A target that is taken out is stopped when its delay ends; a request that takes longer is cut off."
      "The delay is compared with the longest request that the stack declares, and 30 s more for the load balancer."
      "Long requests that overlap the drain end with 502.";
    11 "requests after deregistration"
      "The nodes of a load balancer learn one after the other that a target is out; for up to a minute some still send \
       requests there."
      "A target is stopped only after its delay, which is 30 s longer than a request; old groups and rules go after a \
       settling step."
      "502 just after a target was taken out.";
    12 "SIGTERM not heeded, or too little time after it"
      "A command under a shell does not get SIGTERM, and a task is killed when its stop timeout ends, with the requests \
       it has."
      "The stop timeout is compared with the longest request, unless that has ended when SIGTERM comes because the target \
       was drained; a shell as the first process is pointed out. More than 120 s cannot be had on Fargate."
      "Long requests that overlap a stop end with 502; tasks that end with exit code 137.";
    13 "task stopped without draining"
      "StopTask ends a task that the load balancer still sends requests to."
      "No plan stops a task: it changes the service, which drains first."
      "502 at the moment of the stop.";
    14 "application closes idle connections before the load balancer does"
      "The load balancer sends a request on a connection that the application has just closed."
      "What the application declares of itself has to be longer than the idle timeout of the load balancer, also while \
       that changes."
      "A few 502 all the time, on connections that are kept alive.";
    15 "grace period too short"
      "Failed checks of a task that is still starting count, ECS kills it, and starts another one that fares no better."
      "The grace period is compared with the time to become unhealthy; it is raised first, which starts no deployment."
      "Tasks that start and stop; a deployment that does not get on.";
    16 "deployment circuit breaker slow or off"
      "The circuit breaker needs at least three failed tasks; slow starts make that minutes. Without it a failing \
       deployment goes on for ever."
      "The gate halts at the first failing tasks; a service without a circuit breaker is pointed out."
      "Tasks that stop right after their start.";
    17 "one good check makes a new target healthy"
      "A target that flaps gets its full share at its first good check."
      "Weights move only after the gate's own requests; slow start goes only with round robin, which is checked."
      "Errors in the share of the new targets.";
    18 "weights of a rollout reset"
      "A rollout moves weights; a plan made before, or with the weights of the declaration, would move them back."
      "Weights are leased: the live ones count, and each write compares them, and the health of the groups, first. A \
       plan that moves weights of a rule without naming it is pointed out."
      "Requests at the colour that should have none.";
    19 "service under another controller"
      "A service whose deployments CodeDeploy makes refuses changes of its task definition, network and target groups."
      "It is refused before the call: deploy through the controller, or change the controller in a plan of its own."
      "Nothing: it is refused.";
    20 "subnets changed in one call"
      "SetSubnets replaces the whole set: the nodes in the old subnets vanish while clients still know their addresses. \
       Targets in a zone without a node get no requests."
      "Old and new subnets stand together until the new nodes serve; then the old ones are taken out, and deleted when \
       nothing stands in them."
      "Connections to single addresses of the load balancer time out.";
    21 "load balancer replaced"
      "The new one has another DNS name; clients know the old one until their caches expire, and a target group serves \
       one load balancer only."
      "Old and new are run side by side with groups of their own, until DNS has moved. Without a DNS record in the stack \
       the end of the old name is pointed out and has to be allowed."
      "Probes of the old name fail once it is gone.";
    22 "listener or certificate replaced"
      "Two listeners cannot have one port, so that the old one is deleted first; a certificate is taken away before \
       clients that ask for its name have moved."
      "Listeners change in place; a new certificate is added before the old one is removed."
      "Connections refused; TLS errors for single names.";
    23 "rules in the wrong order for a moment"
      "While priorities move one by one, a rule may stand before one whose requests it must not take, or the number it \
       wants is still taken."
      "Priorities move in one call, or over a free number, and every order on the way is looked at."
      "Answers of the wrong service: each route expects a marker of its own.";
    24 "service before its target group has a listener"
      "ECS refuses a target group that no load balancer uses, and a listener that becomes a redirect lets go of its \
       group."
      "The rule comes before the service, and lets go of a group after the service."
      "Nothing: the call fails, and the old tasks serve.";
    25 "role replaced or deleted while tasks use it"
      "Tasks run on, but a new one cannot assume the role. IAM makes a new role known only after some seconds."
      "The role and its policies are made first, and go when no task definition in use, nor the one a rollback needs, \
       names them."
      "Nothing at first: no task that ends is replaced.";
    26 "log group, secret or image missing when a task starts"
      "Tasks run on, but a new one fails to start: when the service scales, or a host is retired."
      "What a task needs comes before it, and goes when no task definition in use, nor the one a rollback needs, names \
       it."
      "Nothing at first: no task that ends is replaced.";
    27 "image that is not the same any more"
      "A tag that moved, or an image that a lifecycle policy removed, makes a rollback run something else or nothing."
      "Images are named by digest or by tags that cannot move, and the old one is kept while a rollback may need it."
      "A rollback whose tasks do not start, or whose marker is wrong.";
    28 "routes or NAT changed by deleting first"
      "Between the deletion of a route and its successor nothing gets out; a NAT gateway that is deleted leaves routes \
       into nowhere, and its address may be known to others."
      "The new gateway is made first, each route changes in one call, zone by zone, and the old gateway goes last."
      "Requests that need the internet fail; tasks do not start.";
    29 "autoscaling and desired count against each other"
      "The declared count overwrites the one that autoscaling chose: tasks are stopped under load."
      "The count is never written where another writer owns it; the fewest tasks of the scaling count in the proof."
      "Fewer healthy targets than before the change.";
    30 "machines removed before their tasks have moved"
      "A capacity provider without managed draining ends machines with tasks that serve."
      "It is refused: turn managed draining on. Fargate has no machines."
      "502 when a machine ends.";
    31 "everything replaced"
      "A new VPC or cluster replaces all that stands in it, the load balancer and its name as well."
      "It is pointed out by the number of replacements: a second stack and a move of DNS is the way."
      "Probes of the old name fail once it is gone.";
    32 "alarm that is in alarm already"
      "A rollback by alarms is ignored or triggered at once when the alarm is not quiet before."
      "The state of every alarm is looked at before; one that is in alarm or without data is pointed out."
      "A deployment that is rolled back at once.";
    33 "early success"
      "A deployment counts as done while old tasks are still there, so that what they need is taken away too early."
      "A wave waits until a deployment is the only one; services that count as done early are not proven."
      "Errors of the old tasks after the next wave has begun.";
    34 "old side deleted before it is certain"
      "Once the old objects are gone there is no way back."
      "Deletions stand in a last wave, after a settling step and the gate."
      "Nothing: it is about the way back.";
    35 "apply that stops half-way"
      "Throttling, a lost connection or a crash leaves any part of the plan done."
      "Every state in which the plan can stand still is looked at, not only the order in which it is written."
      "Nothing: the state is safe, and the next apply goes on.";
    36 "things of others deleted"
      "Rules and targets that somebody else added are not in the declaration, so a tool that owns the whole removes \
       them."
      "Rules and registrations are resources of their own; what others own is read and counted, and never removed."
      "Requests of others fail, so every rule of the listener is probed.";
    37 "deployment strategy switched"
      "Switching between rolling and blue/green deployments has failed with errors that say nothing."
      "The switch stands in a plan of its own, with nothing else of the service changing."
      "A deployment that fails at once.";
}
