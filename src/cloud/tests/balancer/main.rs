//! Load balancers as clients and targets see them: real requests to real listeners, counted.

mod draining;
mod failures;
mod forwarding;
mod network;
mod observing;
mod setup;
mod spreading;
mod swapping;
mod tls;
