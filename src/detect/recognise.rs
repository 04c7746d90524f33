//! Event × catalogue → the operation it is, and which case of it.

use super::bounds::cut_owned;
use super::condition::{OutcomeTest, Test};
use super::entry::{Entry, FieldRef, FieldTable};
use super::glob::fits;
use crate::catalogue::tables::CloudInfo;
use crate::catalogue::{
    AccessType, Catalogue, Cloud, FactorKind, Family, List, Operation, Outcome, Scope, Severity, Variant,
};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// An operation made ready for asking: its paths as fields.
#[derive(Debug)]
pub struct Rule {
    /// `<family>.<operation>`.
    pub id: String,
    /// Whose log.
    pub cloud: Cloud,
    /// CIM `app`.
    pub app: String,
    /// Whether it is looked for by default.
    pub scope: Scope,
    /// The catalogue's own words, without conditions and paths.
    pub operation: Operation,
    services: Vec<String>,
    when: Vec<Test>,
    outcomes: Vec<OutcomeTest>,
    variants: Vec<Case>,
    /// The first reason of a finding in the plain case.
    base: String,
    /// Facts of the plain case.
    pub fields: RuleFields,
}

/// The fields an operation names.
#[derive(Debug)]
pub struct RuleFields {
    /// Where the machine is named.
    pub target: Vec<FieldRef>,
    /// What joins start, end and results.
    pub session: Vec<FieldRef>,
    /// Document, runbook, metadata keys.
    pub document: Vec<FieldRef>,
    /// A pushed SSH key.
    pub fingerprint: Vec<FieldRef>,
    /// What the summary says besides.
    pub detail: Vec<FieldRef>,
}

#[derive(Debug)]
struct Case {
    when: Vec<Test>,
    /// What it overrides; its conditions and paths are ready for asking.
    variant: Variant,
    /// The first reason of a finding.
    base: String,
    target: Option<Vec<FieldRef>>,
    document: Option<Vec<FieldRef>>,
    detail: Option<Vec<FieldRef>>,
}

/// An operation, in the case that the event shows.
#[derive(Debug, Clone, Copy)]
pub struct Recognised<'d> {
    /// The operation.
    pub rule: &'d Rule,
    case: Option<&'d Case>,
}

/// Why an event with an operation's name is not that operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// The operation whose name it has.
    pub id: String,
    /// The condition that failed, in words.
    pub failed: String,
}

/// Where near misses are gathered, if they are.
pub type Misses<'m> = Option<&'m mut Vec<NearMiss>>;

/// A condition that an event does not fulfil.
enum Failure<'r> {
    /// The part of the provider is this one.
    Service(Option<&'r str>),
    Test(&'r Test),
}

/// Finds the operation by name first, then asks its conditions.
#[derive(Debug)]
pub struct Recogniser {
    rules: Vec<Rule>,
    aws: Names,
    azure: Names,
    gcp: Names,
}

/// The operations of one cloud by their names.
#[derive(Debug)]
struct Names {
    exact: FxHashMap<String, Vec<usize>>,
    globs: Vec<(String, usize)>,
    /// What an event without a name can be.
    unnamed: Vec<usize>,
    folds_case: bool,
    /// Where an event names its operation.
    name: FieldRef,
    /// Where it does if that is a name for people.
    name_behind_label: Option<FieldRef>,
    /// Where it names the part of the provider.
    service: FieldRef,
}

impl Recogniser {
    /// Makes `catalogue` ready for asking.
    pub fn new(catalogue: &Catalogue, fields: &mut FieldTable) -> Self {
        let of = |cloud| catalogue.tables.cloud(cloud);
        let rules: Vec<Rule> = catalogue
            .operations()
            .map(|(family, operation)| rule(of(family.cloud), family, operation, fields))
            .collect();
        Self {
            aws: Names::new(of(Cloud::Aws), &rules, fields),
            azure: Names::new(of(Cloud::Azure), &rules, fields),
            gcp: Names::new(of(Cloud::Gcp), &rules, fields),
            rules,
        }
    }

    /// Every operation, made ready.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The fields that tell the operation, for every cloud.
    pub fn fields(&self, cloud: Cloud) -> Vec<&FieldRef> {
        let names = self.names(cloud);
        let both = [&names.name, &names.service];
        both.into_iter().chain(&names.name_behind_label).collect()
    }

    fn names(&self, cloud: Cloud) -> &Names {
        match cloud {
            Cloud::Aws => &self.aws,
            Cloud::Azure => &self.azure,
            Cloud::Gcp => &self.gcp,
        }
    }

    /// The operation of the event; `misses` receives every operation whose name it has but whose conditions fail.
    pub fn recognise(&self, entry: &Entry<'_>, misses: Misses<'_>) -> Option<Recognised<'_>> {
        let rule = self.rule(entry, misses)?;
        let case = rule.case(entry);
        Some(Recognised { rule, case })
    }

    /// The operation of the event, whichever case of it the event shows.
    pub fn rule(&self, entry: &Entry<'_>, mut misses: Misses<'_>) -> Option<&Rule> {
        let names = self.names(entry.cloud());
        let name = names.name_of(entry);
        // In a batch of extracted fields it may not be known whose service it is.
        let service = entry.first(&names.service);
        let service = service.or_else(|| entry.all(&names.service).into_iter().next());
        let mut named = names.find(name.as_deref()).into_iter().map(|at| &self.rules[at]);
        named.find(|rule| {
            let failed = rule.failing(entry, service.as_deref());
            if let (Some(failure), Some(misses)) = (&failed, &mut misses) {
                misses.push(rule.miss(failure, entry));
            }
            failed.is_none()
        })
    }
}

impl Names {
    fn new(cloud: &CloudInfo, rules: &[Rule], fields: &mut FieldTable) -> Self {
        let mut names = Self {
            exact: FxHashMap::default(),
            globs: Vec::new(),
            unnamed: Vec::new(),
            folds_case: cloud.folds_case,
            name: fields.field(cloud.id, &cloud.name),
            name_behind_label: cloud
                .name_behind_label
                .as_deref()
                .map(|path| fields.field(cloud.id, path)),
            service: fields.field(cloud.id, &cloud.service),
        };
        for (at, rule) in rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.cloud == cloud.id)
        {
            for name in rule.operation.names() {
                let name = names.folded(name).into_owned();
                if name.contains('*') {
                    names.globs.push((name, at));
                } else {
                    names.exact.entry(name).or_default().push(at);
                }
            }
            names.unnamed.extend(rule.operation.unnamed.then_some(at));
        }
        names
    }

    /// The name of the event's operation; not the name for people, which holds blanks.
    fn name_of<'e>(&self, entry: &Entry<'e>) -> Option<Cow<'e, str>> {
        let name = entry.first(&self.name)?;
        let is_label = name.contains(' ') && self.find(Some(&name)).is_empty();
        let behind = self.name_behind_label.as_ref().filter(|_| is_label);
        behind.and_then(|field| entry.first(field)).or(Some(name))
    }

    /// The rules that a name can mean, those with exactly this name first.
    fn find(&self, name: Option<&str>) -> Vec<usize> {
        let Some(name) = name else {
            return self.unnamed.clone();
        };
        let name = self.folded(name.trim());
        let exact = self.exact.get(name.as_ref()).into_iter().flatten().copied();
        let globs = self.globs.iter().filter(|(glob, _)| fits(glob, &name));
        exact.chain(globs.map(|(_, rule)| *rule)).collect()
    }

    fn folded<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.folds_case {
            name.to_ascii_lowercase().into()
        } else {
            name.into()
        }
    }
}

fn rule(cloud: &CloudInfo, family: &Family, operation: &Operation, fields: &mut FieldTable) -> Rule {
    let id = family.operation_id(operation);
    let variants = operation
        .variants
        .iter()
        .map(|variant| case(cloud, &id, operation, variant, fields));
    Rule {
        variants: variants.collect(),
        base: base(&id, operation.severity, None),
        cloud: cloud.id,
        app: family.app.clone(),
        scope: operation.scope,
        services: family.services(operation).to_vec(),
        when: Test::all(cloud, &operation.when, fields),
        outcomes: OutcomeTest::all(cloud, &operation.outcomes, fields),
        fields: RuleFields {
            target: fields.all(cloud.id, &operation.target),
            session: fields.all(cloud.id, &operation.session),
            document: fields.all(cloud.id, &operation.document),
            fingerprint: fields.all(cloud.id, &operation.fingerprint),
            detail: fields.all(cloud.id, &operation.detail),
        },
        operation: operation.described(),
        id,
    }
}

fn case(
    cloud: &CloudInfo,
    id: &str,
    operation: &Operation,
    variant: &Variant,
    fields: &mut FieldTable,
) -> Case {
    let mut own = |paths: &Option<List>| paths.as_ref().map(|paths| fields.all(cloud.id, paths));
    Case {
        target: own(&variant.target),
        document: own(&variant.document),
        detail: own(&variant.detail),
        when: Test::all(cloud, &variant.when, fields),
        base: base(
            id,
            variant.severity.unwrap_or(operation.severity),
            Some(&variant.reason),
        ),
        variant: variant.overrides(),
    }
}

/// How much an operation matters before anything else is known, in words.
fn base(id: &str, severity: Severity, reason: Option<&str>) -> String {
    let base = ["base ", severity.as_str(), ": ", id];
    let case = reason.map_or(["", ""], |reason| [", ", reason]);
    [base.concat(), case.concat()].concat()
}

impl Rule {
    /// The first condition that fails.
    fn failing<'r>(&'r self, entry: &Entry<'_>, service: Option<&'r str>) -> Option<Failure<'r>> {
        let wanted = &self.services;
        let is_wanted = |s: &str| {
            wanted
                .iter()
                .any(|glob| glob.eq_ignore_ascii_case(s) || fits(glob, s))
        };
        if !wanted.is_empty() && !service.is_some_and(is_wanted) {
            return Some(Failure::Service(service));
        }
        self.when
            .iter()
            .find(|test| !test.holds(entry) && !test.may_be_missing(entry))
            .map(Failure::Test)
    }

    fn miss(&self, failure: &Failure<'_>, entry: &Entry<'_>) -> NearMiss {
        let failed = match failure {
            Failure::Test(test) => test.failure(entry),
            Failure::Service(service) => format!(
                "the event source is {}, not {}",
                service.unwrap_or("absent"),
                self.services.join(" or ")
            ),
        };
        NearMiss {
            id: self.id.clone(),
            failed: cut_owned(failed),
        }
    }

    /// What an event must say besides the name to be this operation, in words.
    pub fn conditions(&self) -> Vec<String> {
        let services = (!self.services.is_empty())
            .then(|| format!("the event source must be {}", self.services.join(" or ")));
        let tests = self.when.iter().map(Test::in_words);
        services.into_iter().chain(tests).collect()
    }

    fn case(&self, entry: &Entry<'_>) -> Option<&Case> {
        self.variants
            .iter()
            .find(|case| case.when.iter().all(|test| test.holds(entry)))
    }

    /// The scope from which on the operation, or one of its cases, is looked for.
    pub fn least_scope(&self) -> Scope {
        let cases = self.variants.iter().filter_map(|case| case.variant.scope);
        cases.fold(self.scope, Scope::min)
    }

    /// Every field that the operation or one of its cases asks for.
    pub fn every_field(&self) -> impl Iterator<Item = &FieldRef> {
        let own = &self.fields;
        let lists = [
            &own.target,
            &own.session,
            &own.document,
            &own.fingerprint,
            &own.detail,
        ];
        let cases = self.variants.iter().flat_map(|case| {
            let lists = [&case.target, &case.document, &case.detail];
            lists
                .into_iter()
                .flatten()
                .flatten()
                .chain(case.when.iter().flat_map(Test::fields))
        });
        let outcomes = self.outcomes.iter().flat_map(|outcome| &outcome.when);
        lists
            .into_iter()
            .flatten()
            .chain(self.when.iter().chain(outcomes).flat_map(Test::fields))
            .chain(cases)
    }
}

impl<'d> Recognised<'d> {
    fn variant(&self) -> Option<&'d Variant> {
        self.case.map(|case| &case.variant)
    }

    /// Whether the catalogue's name stands for several, so that only the event tells which.
    pub fn stands_for_several(&self) -> bool {
        self.rule.operation.name.contains('*')
    }

    /// How it gets one in.
    pub fn access(&self) -> AccessType {
        self.variant()
            .and_then(|v| v.access)
            .unwrap_or(self.rule.operation.access)
    }

    /// Whether it is looked for by default.
    pub fn scope(&self) -> Scope {
        self.variant().and_then(|v| v.scope).unwrap_or(self.rule.scope)
    }

    /// ATT&CK techniques.
    pub fn techniques(&self) -> &'d [String] {
        self.variant()
            .and_then(|v| v.technique.as_deref())
            .unwrap_or(&self.rule.operation.technique)
    }

    /// Severity before anything else is known.
    pub fn severity(&self) -> Severity {
        self.variant()
            .and_then(|v| v.severity)
            .unwrap_or(self.rule.operation.severity)
    }

    /// [`Self::severity`] in words, with the reason why this case applies.
    pub fn base(&self) -> &'d str {
        self.case.map_or(&self.rule.base, |case| &case.base)
    }

    /// Whether a severity factor counts that only some operations name.
    pub fn raises(&self, kind: FactorKind) -> bool {
        self.rule.operation.raise.contains(&kind)
    }

    /// The outcome that the event's own fields tell in the operation's words.
    pub fn outcome(&self, entry: &Entry<'_>) -> Option<Outcome> {
        let mut outcomes = self.rule.outcomes.iter();
        let told = outcomes.find(|outcome| outcome.when.iter().all(|test| test.holds(entry)));
        told.map(|outcome| outcome.is)
    }

    /// The fixed kind of target, if any.
    pub fn target_type(&self) -> Option<&'d str> {
        self.variant()
            .and_then(|v| v.target_type.as_deref())
            .or(self.rule.operation.target_type.as_deref())
    }

    /// Where the machine is named.
    pub fn target(&self) -> &'d [FieldRef] {
        self.case
            .and_then(|c| c.target.as_deref())
            .unwrap_or(&self.rule.fields.target)
    }

    /// Where the document is named.
    pub fn document(&self) -> &'d [FieldRef] {
        self.case
            .and_then(|c| c.document.as_deref())
            .unwrap_or(&self.rule.fields.document)
    }

    /// What the summary says besides.
    pub fn detail(&self) -> &'d [FieldRef] {
        self.case
            .and_then(|c| c.detail.as_deref())
            .unwrap_or(&self.rule.fields.detail)
    }
}
