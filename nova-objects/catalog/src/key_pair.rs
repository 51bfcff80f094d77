//! Key pairs: the public keys users put into instances.

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;

use crate::{KeyPair, KeyPairList};

/// What a store does with [`KeyPair`] records. They are in the API database, by user and name.
#[remotable(KeyPair)]
pub trait KeyPairActions {
    /// The key of that name of that user, or `KeypairNotFound`. `localonly` means nothing since cells were split.
    async fn get_by_name(
        &self,
        cx: &RequestContext,
        user_id: &str,
        name: &str,
        localonly: Option<bool>,
    ) -> Result<KeyPair, Fault>;

    /// Removes the key of that name of that user. `KeypairNotFound` when it is gone already.
    async fn destroy_by_name(&self, cx: &RequestContext, user_id: &str, name: &str) -> Result<(), Fault>;

    /// Makes the record. `KeyPairExists` when the user has a key of that name; nothing is written then.
    async fn create(&self, cx: &RequestContext, key: &mut KeyPair) -> Result<(), Fault>;

    /// Removes the record. `KeypairNotFound` when it is gone already.
    async fn destroy(&self, cx: &RequestContext, key: &mut KeyPair) -> Result<(), Fault>;
}

/// What a store does with several [`KeyPair`] records.
#[remotable(KeyPairList)]
pub trait KeyPairListActions {
    /// The keys of that user by name, at most `limit`, after the one called `marker` (`MarkerNotFound` when that is
    /// gone).
    async fn get_by_user(
        &self,
        cx: &RequestContext,
        user_id: &str,
        limit: Option<i64>,
        marker: Option<&str>,
    ) -> Result<KeyPairList, Fault>;

    /// How many keys that user has.
    async fn get_count_by_user(&self, cx: &RequestContext, user_id: &str) -> Result<i64, Fault>;
}
