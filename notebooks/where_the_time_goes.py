# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Where the time goes
#
# Ten questions that a head of engineering asks of one quarter, each with one answer. Everything is counted, to the
# microsecond, and nothing is estimated; unfinished work counts too. It runs on the sample that comes with
# streamgauge: one product, four value streams, two years, of which the stream *Checkout* had a hard second half.

# %%
import altair as alt
import polars as pl
import streamgauge as sg

log, model = sg.sample()
# log   = sg.read_jira("export/*.json.gz")
# model = sg.FlowModel.load("flow.toml")

# When people work. For public holidays: streamgauge calendar DE --years 2023-2025 --zone Europe/Berlin
# --hours 09:00-17:00 -o calendar.toml, and here calendar = sg.Calendar.load("calendar.toml").
calendar = sg.Calendar.from_toml("""
    zone  = "Europe/Berlin"
    valid = { first = 2023-01-01, last = 2025-12-31 }
    [hours]
    mon = ["09:00-17:00"]
    tue = ["09:00-17:00"]
    wed = ["09:00-17:00"]
    thu = ["09:00-17:00"]
    fri = ["09:00-17:00"]
    [[holiday]]
    date = 2024-10-03
    name = "German Unity Day"
    [[holiday]]
    date = 2024-12-25
    name = "Christmas Day"
    [[holiday]]
    date = 2024-12-26
    name = "Second day of Christmas"
""")
flow = sg.measure(log, model, as_of="2025-01-01", calendar=calendar)


def days(column: str) -> pl.Expr:
    """A duration in days, or item·µs in days of items."""
    return (pl.col(column).cast(pl.Int64) / 86_400_000_000).round(1)


def hours(column: str) -> pl.Expr:
    """A working time in hours."""
    return (pl.col(column).cast(pl.Int64) / 3_600_000_000).round(1)


def share(column: str) -> pl.Expr:
    """A share in per cent."""
    return (pl.col(column) * 100).round(1)


QUARTER = "2024-Q4"

# %% [markdown]
# ## 1. Where did the time of finished work go?
#
# Of the flow time of Checkout's items that finished in the quarter, 56 % passed in *Ready for Release*; of the slowest
# of them (those at or above the p85) it was 83 %. Neither coding, review nor test is where finished work was slow.

# %%
states = flow.states(windows=["2024-Q3", QUARTER], by=["stream"]).to_polars().filter(stream="Checkout")
finished = states.filter(
    pl.col("population") == "finished", pl.col("window_start").dt.month() == 10, pl.col("items") > 0
).with_columns(part=pl.col("residence") / pl.col("residence").sum())
finished.select("state", "phase", "items", "visits", days("residence"), share("part"), share("slowest_share"))

# %%
(frozen,) = finished.filter(state="Ready for Release").to_dicts()
assert round(frozen["part"], 2) == 0.56
assert round(frozen["slowest_share"], 2) == 0.83

# %% [markdown]
# ## 2. And where did all work stand, finished or not?
#
# The left bar of each quarter is the time of what finished, the right bar the time of all work in hand. In the third
# quarter finished items showed 20 % in *Ready for Release* while all work had 56 % there, and in the fourth 73 %: what
# is stuck does not finish, so finished items tell of it too late.

# %%
in_hand = (
    states.filter(pl.col("phase").is_in(["active", "waiting"]), pl.col("items") > 0)
    .with_columns(
        part=pl.col("residence") / pl.col("residence").sum().over("window_start", "population"),
        quarter=pl.when(pl.col("window_start").dt.month() == 7).then(pl.lit("2024-Q3")).otherwise(pl.lit(QUARTER)),
        work=pl.col("population").replace({"clipped": "all work"}),
    )
    .with_columns(days=days("residence"))
)
order = [state for state in model.states if state in in_hand["state"].to_list()]
place = f"-indexof({order}, datum.state)"  # the last state at the bottom, as in a cumulative flow diagram
alt.Chart(in_hand.select("quarter", "work", "state", "part", "days")).mark_bar().encode(
    x=alt.X("work:N", title=None, sort=["finished", "all work"]),
    y=alt.Y("part:Q", title="share of the time", axis=alt.Axis(format="%")),
    color=alt.Color("state:N", title=None, sort=order),
    order=alt.Order("place:Q"),
    column=alt.Column("quarter:N", title=None),
    tooltip=["state", alt.Tooltip("part:Q", format=".0%"), "days"],
).transform_calculate(place=place).properties(width=160, height=240)

# %%
parts = in_hand.filter(state="Ready for Release").sort("window_start", "population", descending=[False, True])
assert [round(part, 2) for part in parts["part"]] == [0.20, 0.56, 0.56, 0.73]

# %% [markdown]
# ## 3. How much of that was anyone's working time?
#
# In Checkout 85 % of the items took at most 60 days, which are 344 hours of work at eight hours a day. The order of the
# streams is the same by either clock, so nights and weekends are no excuse for Checkout.

# %%
times = flow.metrics(windows=[QUARTER], by=["stream"], percentiles=[50, 85]).to_polars()
times = times.select(
    "stream",
    "velocity",
    days("flow_time_p50"),
    days("flow_time_p85"),
    hours("flow_time_p50_working"),
    hours("flow_time_p85_working"),
    share("efficiency"),
    share("efficiency_working"),
)
times

# %%
assert round(times.filter(stream="Checkout")["flow_time_p85"].item()) == 60
assert round(times.filter(stream="Checkout")["flow_time_p85_working"].item()) == 344
assert times.sort("flow_time_p85")["stream"].to_list() == times.sort("flow_time_p85_working")["stream"].to_list()

# %% [markdown]
# ## 4. What piles up?
#
# The bands are Checkout's items in each state, week by week. *Ready for Release* grew from 10 items at the end of June
# to 94 at the end of the year, and October's catch-up brought it down by 17 only; all other bands together went from 24
# items to 20.

# %%
bands = (
    flow.cfd(every="week", by=["stream"], start="2024-01-01")
    .to_polars()
    .filter(pl.col("stream") == "Checkout", pl.col("phase").is_in(["active", "waiting"]))
)
alt.Chart(bands).mark_area(interpolate="step-after").encode(
    x=alt.X("at:T", title=None),
    y=alt.Y("n:Q", title="items", stack=True),
    color=alt.Color("state:N", title=None, sort=order),
    order=alt.Order("place:Q"),
    tooltip=["at:T", "state", "n"],
).transform_calculate(place=place).properties(width=640, height=260)

# %%
waiting = dict(bands.filter(state="Ready for Release").select(pl.col("at").dt.strftime("%m-%d"), "n").iter_rows())
assert (waiting["07-01"], waiting["10-07"], waiting["10-14"]) == (10, 75, 58)
assert bands.filter(state="Ready for Release").sort("at")["n"][-1] == 94
others = bands.filter(pl.col("state") != "Ready for Release").group_by("at").agg(pl.col("n").sum()).sort("at")
assert (others.filter(pl.col("at").dt.strftime("%m-%d") == "07-01")["n"].item(), others["n"][-1]) == (24, 20)

# %% [markdown]
# ## 5. How old is what is open?
#
# Of Checkout's 114 open items 94 wait in *Ready for Release*, the median one for 117 days since it was started. In the
# whole product 43 open items are older than a year; the oldest, CHK-8, has been in *Ready for Test* for 704 days.

# %%
ageing = flow.ageing(by=["stream", "kind"])
ageing.head(8)

# %%
open_items = ageing.to_polars()
checkout = open_items.filter(stream="Checkout")
stuck = checkout.filter(state="Ready for Release")
assert (len(checkout), len(stuck), stuck["age"].median().days) == (114, 94, 117)
assert open_items.filter(pl.col("age") > pl.duration(days=365)).height == 43
assert (open_items["item"][0], open_items["time_in_state"][0].days) == ("CHK-8", 704)

# %% [markdown]
# ## 6. Does what leaves explain what is in hand?
#
# Little's ledger: the load of the quarter is the whole time of what departed, and what the rest aged meanwhile.
# Departures explain 24 % of Checkout's load and between 42 % and 47 % of that of the other streams; the residual is 0,
# always.

# %%
ledger = flow.ledger(windows=[QUARTER], by=["stream"]).to_polars()
ledger.select(
    "stream",
    *(days(term) for term in ("load_integral", "departed", "age_start", "age_end")),
    "residual",
    share("unexplained"),
)

# %%
explained = {row["stream"]: round(1 - row["unexplained"], 2) for row in ledger.to_dicts()}
assert explained == {"Checkout": 0.24, "Ledger": 0.42, "Onboarding": 0.47, "Payouts": 0.46}
assert ledger["residual"].to_list() == [0, 0, 0, 0]

# %% [markdown]
# ## 7. Which items are behind the gap?
#
# Checkout's 114 open items hold 90 % of the quarter's load, those in *Ready for Release* alone 77 %. No single item
# holds more than 1 %: this is a queue, and not a few hard cases.

# %%
items = flow.ledger_items(windows=[QUARTER], by=["stream"]).to_polars().filter(stream="Checkout")
behind = items.join(checkout.select("item", "state"), on="item", how="inner")
by_state = behind.group_by("state").agg(
    pl.len().alias("items"), pl.col("gap").sum(), pl.col("share").sum(), pl.col("share").max().alias("largest")
)
by_state.sort("gap", descending=True).select("state", "items", days("gap"), share("share"), share("largest"))

# %%
assert len(behind) == 114
assert round(behind["share"].sum(), 2) == 0.90
assert round(behind.filter(state="Ready for Release")["share"].sum(), 2) == 0.77
assert behind["share"].max() < 0.01

# %% [markdown]
# ## 8. What does rework cost?
#
# In 2024 work went back 323 times. The most time was lost by items that went back from *In Review* to *In Progress*,
# 351 days in all; of the flow time of what Checkout finished in the quarter rework is 3 %, so it is not what held
# Checkout up.

# %%
moves = flow.transitions(windows=["2024"], by=[]).to_polars().filter(direction="backward")
moves.select("from_state", "to_state", "moves", "items", days("lost"), hours("lost_working")).sort(
    "lost", descending=True
)

# %%
rework = {row["stream"]: row for row in flow.rework(windows=[QUARTER], by=["stream"]).rows()}
assert moves["moves"].sum() == 323
assert moves.sort("lost")["from_state"][-1] == "In Review"
assert moves["lost"].max().days == 351
assert round(rework["Checkout"]["lost_share"], 2) == 0.03

# %% [markdown]
# ## 9. And what is flagged as blocked?
#
# In the quarter less than 1 % of the load was blocked, in every stream. The flag speaks of single days (half of the
# episodes are shorter than one), and says nothing of a queue that nobody has flagged.

# %%
blocked = flow.blocked(windows=[QUARTER], by=["stream"]).to_polars()
blocked.select("stream", "began", "ended", "blocked_max", days("blocked_integral"), share("blocked_share"))

# %%
assert blocked["blocked_share"].max() < 0.01
assert flow.episodes().to_polars()["blocked"].median().days == 0

# %% [markdown]
# ## 10. Which efficiency is the right one?
#
# Checkout's efficiency of the quarter is 26 % as the model says it, and anything from 21 % to 42 % as others say it;
# the median of the items looks best, because it gives an item that waited half a year no more weight than a small fix.

# %%
variants = flow.efficiencies(windows=[QUARTER], by=["stream"]).to_polars().filter(stream="Checkout")
variants.select("start", "blocked", "reading", "aggregate", "n", share("efficiency"), share("difference"))

# %%
assert round(variants["efficiency"][0], 2) == 0.26
assert (round(variants["efficiency"].min(), 2), round(variants["efficiency"].max(), 2)) == (0.21, 0.42)

# %% [markdown]
# ## Does it add up?
#
# Every identity was checked on this very log, for each item and for each window and group: none is broken, and nothing
# is left over.

# %%
flow.identities()

# %%
assert all(row["broken"] == row["residual"] == 0 for row in flow.identities().rows())
