//! Crashes, failures and lost replies: nothing is lost, and nothing is made twice.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_crash_anywhere_leaves_no_orphan_and_no_phantom() {
    let changed = Wanted { description: "web2", image: "v2", extra: true, ..Wanted::default() };
    let ways: [(&Wanted, &Wanted); 3] = [
        (&Wanted { service: false, ..Wanted::default() }, &Wanted::default()),
        (&Wanted::default(), &changed),
        (&changed, &Wanted::default()),
    ];
    let mut crashes = 0;
    for (from, to) in ways {
        for point in 0.. {
            let mut rehearsal = rehearsal();
            rehearsal.parallelism = 3;
            converge(&mut rehearsal, from).await;
            let plan = rehearsal.plan(&stack(to), Mode::Apply).await.unwrap();
            // Even points die at a journal write, odd ones at an API call, before or after its effect.
            match point % 3 {
                0 => rehearsal.record.die_after(Some(point / 3)),
                side => rehearsal.cloud.inject(crate::fake::Injection {
                    kind: None,
                    action: None,
                    skip: point / 3,
                    times: usize::MAX,
                    when: if side == 1 { crate::fake::When::Before } else { crate::fake::When::After },
                    fault: None,
                }),
            }
            let dies =
                tokio::time::timeout(std::time::Duration::from_secs(3600), rehearsal.apply(&plan)).await.is_err();
            rehearsal.record.die_after(None);
            rehearsal.cloud.heal();
            converge(&mut rehearsal, to).await;
            let per_address = rehearsal.cloud.objects().len();
            assert_eq!(per_address, rehearsal.record.state().resources.len());
            crashes += usize::from(dies);
            if !dies && point % 3 == 2 && point > 150 {
                break;
            }
        }
    }
    assert!(crashes > 100, "{crashes} crashes");
}

#[tokio::test(start_paused = true)]
async fn a_failure_takes_down_only_what_waits_for_it() {
    let mut rehearsal = rehearsal();
    rehearsal.cloud.inject(crate::fake::Injection {
        kind: Some("test.rule".to_owned()),
        action: Some("create".to_owned()),
        skip: 0,
        times: 1,
        when: crate::fake::When::Before,
        fault: Some(crate::Fault::Denied { code: "AccessDenied".to_owned(), message: "no".to_owned() }),
    });
    let plan = rehearsal.plan(&stack(&Wanted::default()), Mode::Apply).await.unwrap();
    let outcome = rehearsal.apply(&plan).await.unwrap();
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!(outcome.skipped.len(), 2, "the service and the other rule wait for the rule");
    assert_eq!(outcome.done.len(), 3);
    converge(&mut rehearsal, &Wanted::default()).await;
}

#[tokio::test(start_paused = true)]
async fn lost_replies_and_throttling_make_no_second_object() {
    use crate::{
        Fault,
        fake::{Injection, When},
    };
    let faults = [
        Fault::Transient { code: "InternalError".to_owned(), message: String::new() },
        Fault::Throttled { code: "Throttling".to_owned(), message: String::new() },
    ];
    for fault in faults {
        let when = if matches!(fault, Fault::Throttled { .. }) { When::Before } else { When::After };
        let mut rehearsal = rehearsal();
        let injection = Injection { kind: None, action: None, skip: 0, times: 1, when, fault: Some(fault) };
        for skip in 0..40 {
            rehearsal.cloud.inject(Injection { skip: skip * 2, ..injection.clone() });
        }
        let document = stack(&Wanted::default());
        let plan = rehearsal.plan(&document, Mode::Apply).await.unwrap();
        assert!(rehearsal.apply(&plan).await.unwrap().is_complete());
        rehearsal.cloud.heal();
        converge(&mut rehearsal, &Wanted::default()).await;
        assert_eq!(rehearsal.cloud.objects().len(), 6);
    }
}
