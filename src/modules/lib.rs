//! Network, Registry, Traffic, Cluster and Service: typed building blocks with good defaults.
