//! Carries out a plan, and hears what the user wants meanwhile.

use crate::{
    arguments::Global,
    durations,
    error::{CliError, Kind},
    output::{ApplyProgress, Output},
    session::Session,
};
use engine::{
    apply::{Applier, Gate, Interrupt, Observer, Outcome, Patience},
    history::Recording,
    plan::Plan,
    state::Journal,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// What every plan of a change is carried out with.
#[derive(Clone, Copy)]
pub(super) struct Running<'a> {
    pub(super) session: &'a Session,
    pub(super) global: &'a Global,
    pub(super) journal: &'a Journal,
    /// What is told of every step, too.
    pub(super) recording: Option<&'a Recording>,
    pub(super) output: &'a Output,
}

/// Carries out a plan under a lock; the journal of it is left as it is, so that the next plan can begin at once. `gate` is asked after each wave; as soon as `alarm` is done everything stops.
pub(super) async fn execute<A>(
    running: Running<'_>,
    plan: &Plan,
    gate: &dyn Gate,
    alarm: impl Future<Output = A>,
) -> Result<Outcome, CliError> {
    let Running { session, global, journal, recording, output } = running;
    let parallelism = usize::from(global.parallelism);
    let progress = ApplyProgress::new(output, plan, parallelism, durations::load(&session.directory, output));
    let both = recording.map(|recording| recording.tee(&progress));
    let observer: &dyn Observer = both.as_ref().map_or(&progress, |both| both);
    let (asked, interrupt) = watch::channel(Interrupt::None);
    let rates = session.rates();
    let applier = Applier {
        kinds: &session.kinds,
        recorder: journal,
        observer,
        parallelism,
        patience: Patience::default(),
        rates: &rates,
        gate,
        interrupt,
    };
    let result = {
        let mut apply = std::pin::pin!(applier.apply(plan, journal.state()));
        let mut alarm = std::pin::pin!(alarm);
        let mut alarmed = false;
        loop {
            tokio::select! {
                result = &mut apply => break result,
                () = progress.keep_saying() => unreachable!("it goes on until it is dropped"),
                error = listen(&asked, output) => return Err(error),
                _ = &mut alarm, if !alarmed => {
                    alarmed = true;
                    asked.send_replace(Interrupt::Now);
                }
            }
        }
    };
    let durations = progress.finish();
    let outcome = result?;
    if outcome.is_complete() && !outcome.done.is_empty() {
        durations::save(&session.directory, &durations, output);
    }
    Ok(outcome)
}

/// Turns signals into interrupts: the first lets what is in flight end, the second does not.
async fn listen(asked: &watch::Sender<Interrupt>, output: &Output) -> CliError {
    let streams = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupts), Ok(mut terminations)) = streams else {
        return CliError::new(Kind::Internal, "signals cannot be heard");
    };
    let mut count = 0;
    loop {
        tokio::select! {
            _ = interrupts.recv() => (),
            _ = terminations.recv() => (),
        }
        count += 1;
        let (interrupt, text) = if count == 1 {
            (
                Interrupt::Gracefully,
                "Interrupt received. Please wait for what is in flight to end; nothing new is started.\nA second \
                 interrupt stops at once.",
            )
        } else {
            (Interrupt::Now, "Two interrupts received. Stopping at once; the next plan finds what was in flight.")
        };
        output.note(text);
        asked.send_replace(interrupt);
    }
}
