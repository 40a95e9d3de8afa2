//! The facts of each type of resource, one by one, and when two values of a fact say the same.

use crate::policy::{
    AccessPolicy, Cluster, Encryption, Fact, Identity, Key, KeyVersion, Place, Resource, Rotation, Text, Trigger, Vault,
};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What is done to each fact of a resource and the same fact of another.
pub(in super::super) trait Meet {
    fn meet<T: Alike + Clone>(&mut self, name: &'static str, one: &mut Fact<T>, other: &Fact<T>);
}

/// A resource and its facts.
pub(in super::super) trait Facts: Clone {
    /// The management API makes it where it is not there, and leaves it alone where it is.
    const MADE_ONCE: bool = false;

    fn resource(&self) -> &Resource;
    fn resource_mut(&mut self) -> &mut Resource;
    fn each(&mut self, other: &Self, meet: &mut impl Meet);
    /// Puts the newer of two answers first, where they are of different times.
    fn newest(_: &mut Self, _: &mut Self) {}
}

/// Names every field, so that a new one can't be forgotten.
macro_rules! facts {
    ($kind:ident { $($field:ident),+ } $($more:tt)*) => {
        impl Facts for $kind {
            $($more)*

            fn resource(&self) -> &Resource {
                &self.resource
            }

            fn resource_mut(&mut self) -> &mut Resource {
                &mut self.resource
            }

            fn each(&mut self, other: &Self, meet: &mut impl Meet) {
                let Self { resource, $($field),+ } = self;
                meet.meet("tags", &mut resource.tags, &other.resource.tags);
                $(meet.meet(stringify!($field), $field, &other.$field);)+
            }
        }
    };
}

facts!(Cluster {
    identity_type,
    identities,
    encryption,
    create_mode,
    replica_source,
    replica_source_location,
    restore_source,
    restore_time,
    tier,
    high_availability,
    shards,
    administrator,
    status
});
facts!(Identity { principal_id, client_id, tenant, isolation_scope, allowed_providers });
facts!(Vault {
    tenant,
    sku,
    soft_delete,
    purge_protection,
    retention_days,
    rbac,
    public_access,
    default_action,
    bypass,
    create_mode,
    access_policies
});
facts!(Key {
    kind, size, operations, enabled, not_before, expires, exportable, released, managed, recovery_level, recoverable_days, created,
    version, versions, purge_date, rotation
}
    // "If it already exists, then the existing key is returned without any write operations being performed", see
    // <https://learn.microsoft.com/javascript/api/@azure/arm-keyvault/keysoperations>.
    const MADE_ONCE: bool = true;

    fn newest(one: &mut Self, other: &mut Self) {
        super::newest(one, other);
    }
);

/// Whether two values say the same, wherever they stand.
pub(in super::super) trait Alike {
    fn alike(&self, other: &Self) -> bool;
}

impl Alike for bool {
    fn alike(&self, other: &Self) -> bool {
        self == other
    }
}

impl Alike for i64 {
    fn alike(&self, other: &Self) -> bool {
        self == other
    }
}

impl Alike for Text {
    /// Regions are written with and without spaces.
    fn alike(&self, other: &Self) -> bool {
        let plain = |text: &str| -> String { text.split_whitespace().collect::<String>().to_ascii_lowercase() };
        match (self.as_literal(), other.as_literal()) {
            (Some(one), Some(two)) => plain(one) == plain(two),
            _ => self.same(other) == Some(true),
        }
    }
}

impl<T: Alike> Alike for Fact<T> {
    fn alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known { value: one, .. }, Self::Known { value: two, .. }) => one.alike(two),
            (Self::Absent(_), Self::Absent(_)) => true,
            _ => false,
        }
    }
}

impl Alike for Vec<(Text, Place)> {
    /// The order of words is nobody's.
    fn alike(&self, other: &Self) -> bool {
        let words = |list: &Self| {
            let mut words: Vec<_> = list.iter().map(|(text, _)| text.to_string().to_ascii_lowercase()).collect();
            words.sort();
            words
        };
        words(self) == words(other)
    }
}

impl Alike for Vec<(Text, Fact<Text>)> {
    fn alike(&self, other: &Self) -> bool {
        let pairs = |list: &Self| {
            let value = |fact: &Fact<Text>| fact.known().map(ToString::to_string);
            let mut pairs: Vec<_> = list.iter().map(|(name, fact)| (name.to_string(), value(fact))).collect();
            pairs.sort();
            pairs
        };
        pairs(self) == pairs(other)
    }
}

/// Lists in order, and structures, field by field.
macro_rules! alike {
    ($kind:ident { $($field:ident),+ }) => {
        impl Alike for $kind {
            fn alike(&self, other: &Self) -> bool {
                true $(&& self.$field.alike(&other.$field))+
            }
        }
    };
    ($kind:ident) => {
        impl Alike for Vec<$kind> {
            fn alike(&self, other: &Self) -> bool {
                self.len() == other.len() && self.iter().zip(other).all(|(one, two)| one.alike(two))
            }
        }
    };
}

alike!(Encryption { key_url, identity_type, identity });
alike!(Rotation { expiry_time, triggers });
alike!(Trigger { after_create, before_expiry });
alike!(Trigger);
alike!(AccessPolicy { tenant, object, application, keys });
alike!(AccessPolicy);
alike!(KeyVersion { version, enabled, created, expires });
alike!(KeyVersion);
