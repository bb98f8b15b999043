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
# # The quarterly review, in one sitting
#
# From a log of what happened to the five flow metrics of a quarter, and to a page one can present. It runs on the
# sample that comes with streamgauge: one product, four value streams, two years. To look at your own work, change the
# next cell.

# %%
import altair as alt
import polars as pl
import streamgauge as sg

log, model = sg.sample()
# log   = sg.read_jira("export/*.json.gz")        # or sg.read_events("events.parquet"), or sg.EventLog(frame)
# model = sg.FlowModel.load("flow.toml")          # or a first proposal: print(sg.FlowModel.suggest(log).to_toml())
log

# %% [markdown]
# ## What happened, and what the words mean
#
# A log is a stream of events: *item X's field F took the value V at instant T*. The model says which of the tool's
# states are new, active, waiting or done, and which of its types are features, defects, risks or debt.

# %%
log.events()

# %%
log.values("state")

# %%
print(model.to_toml())

# %% [markdown]
# ## Measured as of an instant
#
# Nothing reads a clock: the same log, model and `as_of` give the same numbers, today and next year.

# %%
flow = sg.measure(log, model, as_of="2025-01-01")
flow

# %% [markdown]
# ## Velocity: how much is finished?

# %%
flow.velocity(every="quarter", by=["stream"], start="2024-01-01")

# %% [markdown]
# ## Flow time: how long does it take?
#
# `p85` reads: 85 % of the items that were finished took at most this.

# %%
flow.flow_time(every="quarter", by=["stream"], start="2024-07-01")

# %% [markdown]
# ## Load: how much is in hand?
#
# Flow time knows finished items only. Work that is stuck shows here first.

# %%
load = flow.load(every="week", by=["stream"], start="2024-01-01").to_polars()
alt.Chart(load).mark_line(interpolate="step-after").encode(
    x=alt.X("window_end:T", title=None),
    y=alt.Y("load_end:Q", title="items in load"),
    color=alt.Color("stream:N", title=None),
).properties(width=640, height=220)

# %% [markdown]
# ## Efficiency: how much of the time is work?

# %%
flow.efficiency(every="quarter", by=["stream"], start="2024-07-01")

# %% [markdown]
# ## Distribution: what is it spent on?

# %%
shares = flow.distribution(every="quarter", by=["kind"]).to_polars()
shares.pivot("kind", index="window_start", values="distribution")

# %% [markdown]
# ## Behind the numbers: one row for each item
#
# `flow_time = active + waiting + paused` holds for every one of them, exactly.

# %%
records = flow.records().to_polars()
done = records.filter(pl.col("outcome") == "done", pl.col("flow_time").is_not_null())
assert done.select((pl.col("active") + pl.col("waiting") + pl.col("paused") == pl.col("flow_time")).all()).item()
done.sort("flow_time", descending=True).select(
    "item", "stream", "kind", "started", "finished", "flow_time", "waiting"
).head(5)

# %% [markdown]
# ## What is odd about the data
#
# Odd data are counted and not hidden; each finding says what it does to the numbers.

# %%
flow.findings()

# %% [markdown]
# ## The page to present

# %%
review = flow.review("2024-Q4")
print("\n".join(review.headline))
review.save("review.html")
