//! A cloud to do things wrong on, and the traffic that sees it.

mod backend;
mod land;
mod report;
mod tasks;
mod traffic;

pub(crate) use backend::Backend;
pub(crate) use land::{FRONT, Land, eventually, fixed, forward, member, to};
pub(crate) use report::Place::{AtBalancer, AtTarget, OnTheWay};
pub(crate) use report::{LISTENER_GONE, Place, Report};

pub(crate) use tasks::{LOGS, environment, image};
pub(crate) use traffic::What::{Refused, Reset, Status, Timeout, WrongAnswer};
pub(crate) use traffic::{Kind, Load, What};
