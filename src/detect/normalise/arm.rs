//! Azure resource ids: `/subscriptions/<id>/resourceGroups/<name>/providers/<namespace>/<type>/<name>/…`.
//!
//! Event Hub writes them in capitals, REST in mixed case; segments are compared without regard to case.

use crate::catalogue::tables::ResourceKinds;
use crate::detect::text::Text;
use std::borrow::Cow;

/// The machine that a resource id names.
#[derive(Debug, PartialEq, Eq)]
pub struct Machine<'e> {
    /// Name; of a machine in a scale set `set/instance`.
    pub name: Text<'e>,
    /// `instance`, `scale_set` or `unknown` (another kind of resource).
    pub kind: &'static str,
}

/// The segment after `name`, if any.
pub fn segment<'a>(id: &'a str, name: &str) -> Option<&'a str> {
    let mut segments = id.split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case(name))?;
    segments.next().filter(|value| !value.is_empty())
}

/// The machine, else the scale set, else the resource itself; nothing where `id` is not a resource id.
pub fn machine<'e>(kinds: &ResourceKinds, id: &Text<'e>) -> Option<Machine<'e>> {
    match id {
        Cow::Borrowed(id) => named(kinds, id),
        Cow::Owned(id) => named(kinds, id).map(|Machine { name, kind }| Machine {
            name: Cow::Owned(name.into_owned()),
            kind,
        }),
    }
}

fn named<'e>(kinds: &ResourceKinds, id: &'e str) -> Option<Machine<'e>> {
    let named = |kinds: &[String]| {
        let mut kinds = kinds.iter();
        kinds.find_map(|kind| {
            resources(id).find(|(known, name)| known.eq_ignore_ascii_case(kind) && !name.is_empty())
        })
    };
    let set = named(&kinds.machine_set).map(|(_, name)| name);
    let vm = named(&kinds.machine).map(|(_, name)| name);
    let (name, kind) = match (set, vm) {
        (Some(set), Some(instance)) => (format!("{set}/{instance}").into(), "instance"),
        (None, Some(vm)) => (vm.into(), "instance"),
        (Some(set), None) => (set.into(), "scale_set"),
        (None, None) => (resource(kinds, id)?.into(), "unknown"),
    };
    Some(Machine { name, kind })
}

/// The name of the resource: the segment after the first provider's type.
fn resource<'e>(kinds: &ResourceKinds, id: &'e str) -> Option<&'e str> {
    let (kind, name) = resources(id).next()?;
    let mut others = kinds.not_target.iter();
    let is_target = !others.any(|other| other.eq_ignore_ascii_case(kind));
    Some(name).filter(|name| !name.is_empty() && is_target)
}

/// The types and names behind the provider. An id is made of pairs, and a group or a resource can have any name, that of
/// a type too.
fn resources(id: &str) -> impl Iterator<Item = (&str, &str)> {
    let is = |segment: &str, name: &str| segment.eq_ignore_ascii_case(name);
    let is_start = move |segment: &str| is(segment, "subscriptions") || is(segment, "providers");
    let mut segments = id.split('/').skip_while(move |segment| !is_start(segment));
    let pairs = std::iter::from_fn(move || Some((segments.next()?, segments.next()?)));
    pairs
        .skip_while(move |(kind, _)| !is(kind, "providers"))
        .filter(move |(kind, _)| !is(kind, "providers"))
}

#[cfg(test)]
mod tests {
    use super::segment;
    use crate::catalogue::tables::ResourceKinds;
    use crate::catalogue::{Catalogue, Cloud};

    fn kinds() -> ResourceKinds {
        let tables = Catalogue::embedded().unwrap().tables;
        tables.cloud(Cloud::Azure).resources.clone()
    }

    fn named(id: &str) -> (String, &'static str) {
        let kinds = kinds();
        let machine = super::named(&kinds, id).unwrap();
        (machine.name.into_owned(), machine.kind)
    }

    #[test]
    fn machines_are_found_in_any_case_and_above_child_resources() {
        let base = "/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.COMPUTE";
        assert_eq!(
            named(&format!("{base}/VIRTUALMACHINES/WEB-01/EXTENSIONS/X")),
            ("WEB-01".into(), "instance")
        );
        let set = format!("{base}/virtualMachineScaleSets/pool/virtualMachines/3");
        assert_eq!(named(&set), ("pool/3".into(), "instance"));
        assert_eq!(
            named(&format!("{base}/virtualMachineScaleSets/pool")),
            ("pool".into(), "scale_set")
        );
        let arc = "/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridCompute/machines/edge-7/runCommands/r";
        assert_eq!(named(arc), ("edge-7".into(), "instance"));
        let serial = format!("{base}/virtualMachines/db/providers/Microsoft.SerialConsole/serialPorts/0");
        assert_eq!(named(&serial), ("db".into(), "instance"));
        let bastion = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/bastionHosts/b";
        assert_eq!(named(bastion), ("b".into(), "unknown"));
        for group in [
            "virtualMachines",
            "virtualMachineScaleSets",
            "machines",
            "providers",
        ] {
            let base = format!("/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Compute");
            let vm = format!("{base}/virtualMachines/vm1");
            assert_eq!(named(&vm), ("vm1".into(), "instance"));
            let set = format!("{base}/virtualMachineScaleSets/virtualMachines/virtualMachines/3");
            assert_eq!(named(&set), ("virtualMachines/3".into(), "instance"));
            let disk = format!("{base}/disks/d");
            assert_eq!(named(&disk), ("d".into(), "unknown"));
        }
    }

    #[test]
    fn what_is_not_a_resource_id_names_nothing() {
        let kinds = kinds();
        assert!(super::named(&kinds, "WEB-01").is_none());
        assert!(super::named(&kinds, "/subscriptions/s").is_none());
        assert!(
            super::named(
                &kinds,
                "/subscriptions/s/providers/Microsoft.SerialConsole/serialPorts/0"
            )
            .is_none()
        );
        assert_eq!(segment("/subscriptions/s/x", "SUBSCRIPTIONS"), Some("s"));
        assert_eq!(segment("/subscriptions/", "subscriptions"), None);
    }
}
