use nova_core::{Fault, RequestContext};
use nova_objects::{Field, Meta, VersionedObject, remotable};

#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "shelf", version = "1.0")]
pub struct Widget {
    pub meta: Meta,
    pub name: Field<String>,
}

#[remotable(Widget)]
pub trait WidgetActions {
    async fn save(&self, widget: &mut Widget) -> Result<(), Fault>;
    async fn count(&self, cx: &RequestContext);
    fn peek(&self, cx: &RequestContext) -> Result<i64, Fault>;
    async fn find(&self, cx: &RequestContext, names: &[&str]) -> Result<i64, Fault>;
}

fn main() {}
