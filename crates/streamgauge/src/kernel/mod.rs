//! Floor 2: loops over slices. Nothing of ours and nothing of Arrow comes in: arguments are slices and numbers, already
//! checked at the door.

pub(crate) mod bucket;
pub(crate) mod chunk;
pub(crate) mod deal;
pub(crate) mod group;
pub(crate) mod levels;
pub(crate) mod merge;
pub(crate) mod near;
pub(crate) mod order;
pub(crate) mod place;
pub(crate) mod quantile;
pub(crate) mod replay;
pub(crate) mod sweep;
