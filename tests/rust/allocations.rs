//! No loop over rows or items asks the allocator for anything: eight times the items take no more requests, but for the few with which
//! columns and lists of pieces grow.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;

use arrow_array::RecordBatch;
use streamgauge::{
    EventColumns, EventLog, Every, FlowModel, Groups, Percentiles, RowOrder, Ruler, Windows, cfd, counters, ledger,
    load, measure, metrics, records, timelines,
};
use streamgauge_synth::{Layout, Synth, bench_model};

const FEW: u32 = 20_000;
const MANY: u32 = 8 * FEW;

/// So many more requests may the many rows take: columns that double a few times more. They are of 2,500 items and of 20,000.
const GROWTH: u64 = 400;

/// Requests on this thread, which does all the work.
fn requests(stage: impl FnOnce()) -> u64 {
    allocation_counter::measure(stage).count_total
}

/// The requests of each stage, by name, of rows as the layout has them or in no order.
fn stages(n_events: u32, layout: Layout, in_order: bool) -> Vec<(&'static str, u64)> {
    let mut batches = Synth::bench(n_events).batches(layout).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    if !in_order {
        let halves = |batch: RecordBatch| {
            let middle = batch.num_rows() / 2;
            [batch.slice(middle, batch.num_rows() - middle), batch.slice(0, middle)]
        };
        batches = batches.into_iter().flat_map(halves).collect();
    }
    let model = FlowModel::from_toml(bench_model()).unwrap();
    let mut log = None;
    let ingest = requests(|| {
        let mut builder = EventLog::builder();
        batches.iter().for_each(|batch| builder.push_batch(batch, &EventColumns::default(), None).unwrap());
        log = Some(builder.finish().unwrap());
    });
    let log = log.unwrap();
    assert_eq!(log.row_order() == RowOrder::Other, !in_order);
    let (history, _) = timelines(&log, &model, None).unwrap();
    let (facts, _) = records(&history, model.clock(), &Ruler::elapsed()).unwrap();
    let windows = |every| Windows::every(every, model.cut(), history.observed(), None, None).unwrap();
    // All items are one group, as the number of groups is not what is asked.
    let groups = Groups::by(&history, &[]).unwrap();
    let days = windows(Every::Day);
    vec![
        ("ingest", ingest),
        ("timelines", requests(|| drop(black_box(timelines(&log, &model, None).unwrap())))),
        ("records", requests(|| drop(black_box(records(&history, model.clock(), &Ruler::elapsed()).unwrap())))),
        ("records table", {
            let flow = measure(&log, &model, None).unwrap();
            requests(|| drop(black_box(flow.records().unwrap())))
        }),
        ("groups", requests(|| drop(black_box(Groups::by(&history, &["stream", "kind"]).unwrap())))),
        (
            "metrics",
            requests(|| {
                let percentiles = Percentiles::default();
                drop(black_box(
                    metrics(&history, &facts, &windows(Every::Week), &groups, &percentiles, false).unwrap(),
                ));
            }),
        ),
        ("load", requests(|| drop(black_box(load(&history, &days, &groups).unwrap())))),
        ("cfd", requests(|| drop(black_box(cfd(&history, &days, &groups).unwrap())))),
        ("counters", requests(|| drop(black_box(counters(&history, &facts, &days, &groups).unwrap())))),
        ("ledger", requests(|| drop(black_box(ledger(&history, &days, &groups).unwrap())))),
    ]
}

#[test]
fn more_rows_take_no_more_requests() {
    // The only thread of its pool, so that all requests are made here.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().unwrap();
    for (layout, in_order) in [(Layout::A, true), (Layout::B, true), (Layout::B, false)] {
        let (few, many) = pool.install(|| (stages(FEW, layout, in_order), stages(MANY, layout, in_order)));
        for ((stage, few), (_, many)) in few.into_iter().zip(many) {
            assert!(
                many <= few + GROWTH,
                "{stage} of {layout:?} ({in_order}): {few} requests, and {many} for eight times the rows"
            );
        }
    }
}
