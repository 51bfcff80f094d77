//! A policy made of rules.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};

use super::{Permission, Policy, Rule, Target};

/// A [`Policy`] of one rule for each name. What has none is refused.
#[derive(Clone, Default)]
pub struct RulePolicy(BTreeMap<String, Arc<dyn Rule>>);

impl RulePolicy {
    /// Nova's defaults.
    pub fn nova() -> Self {
        let default =
            |policy: Self, permission: &Permission| policy.with(permission.name(), permission.default_rule());
        Permission::ALL.iter().fold(Self::default(), default)
    }

    /// Has `rule` under that name, instead of the one that was there.
    pub fn with(mut self, name: impl Into<String>, rule: impl Rule) -> Self {
        self.0.insert(name.into(), Arc::new(rule));
        self
    }
}

#[async_trait]
impl Policy for RulePolicy {
    async fn allows(&self, cx: &RequestContext, rule: &str, target: &Target) -> Result<bool, Fault> {
        match self.0.get(rule) {
            Some(rule) => rule.allows(cx, target).await,
            None => Ok(false),
        }
    }
}

impl fmt::Debug for RulePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
