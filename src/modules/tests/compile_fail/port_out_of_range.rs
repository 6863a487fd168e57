//! There is no port 0.
use model::Port;

const PORT: Port = Port::new(0);

fn main() {
    drop(PORT);
}
