//! Event × catalogue → the operation it is, and which case of it.

use super::glob::fits;
use super::refusal::document_in;
use super::view::{Fact, FactTable, View};
use crate::catalogue::{
    AccessType, Catalogue, Cloud, Condition, Family, Operation, Scope, Severity, Variant,
};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// An operation made ready for asking: its paths as facts.
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
    /// The catalogue's own words.
    pub operation: Operation,
    services: Vec<String>,
    when: Vec<Test>,
    variants: Vec<Case>,
    /// The first reason of a finding in the plain case.
    base: String,
    /// Facts of the plain case.
    pub facts: RuleFacts,
}

/// The facts an operation names.
#[derive(Debug)]
pub struct RuleFacts {
    /// Where the machine is named.
    pub target: Vec<Fact>,
    /// What joins start, end and results.
    pub session: Vec<Fact>,
    /// Document, runbook, metadata keys.
    pub document: Vec<Fact>,
    /// A pushed SSH key.
    pub fingerprint: Vec<Fact>,
    /// What the summary says besides.
    pub detail: Vec<Fact>,
}

#[derive(Debug)]
struct Test {
    facts: Vec<Fact>,
    condition: Condition,
    /// Where a refused call names its SSM document.
    refusal: Option<Fact>,
}

#[derive(Debug)]
struct Case {
    when: Vec<Test>,
    variant: Variant,
    /// The first reason of a finding.
    base: String,
    target: Option<Vec<Fact>>,
    document: Option<Vec<Fact>>,
    detail: Option<Vec<Fact>>,
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
    /// Where an event names its operation.
    name: Fact,
    /// Where it names the part of the provider.
    service: Fact,
}

impl Recogniser {
    /// Makes `catalogue` ready for asking.
    pub fn new(catalogue: &Catalogue, facts: &mut FactTable) -> Self {
        let rules: Vec<Rule> = catalogue
            .operations()
            .map(|(family, operation)| rule(family, operation, facts))
            .collect();
        let gcp = ["protoPayload.methodName", "protoPayload.serviceName"];
        Self {
            aws: Names::new(Cloud::Aws, &rules, ["eventName", "eventSource"], facts),
            azure: Names::new(Cloud::Azure, &rules, ["operationName", "category"], facts),
            gcp: Names::new(Cloud::Gcp, &rules, gcp, facts),
            rules,
        }
    }

    /// Every operation, made ready.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The facts that tell the operation, for every cloud.
    pub fn facts(&self, cloud: Cloud) -> [&Fact; 2] {
        let names = self.names(cloud);
        [&names.name, &names.service]
    }

    fn names(&self, cloud: Cloud) -> &Names {
        match cloud {
            Cloud::Aws => &self.aws,
            Cloud::Azure => &self.azure,
            Cloud::Gcp => &self.gcp,
        }
    }

    /// The operation of the event; `misses` receives every operation whose name it has but whose conditions fail.
    pub fn recognise(&self, view: &View<'_>, misses: Misses<'_>) -> Option<Recognised<'_>> {
        let rule = self.rule(view, misses)?;
        let case = rule.case(view);
        Some(Recognised { rule, case })
    }

    /// Likewise, whichever case of it the event shows.
    pub fn rule(&self, view: &View<'_>, mut misses: Misses<'_>) -> Option<&Rule> {
        let cloud = view.cloud();
        let names = self.names(cloud);
        let implied = || view.implied_name().map(Cow::Borrowed);
        let name = view.first(&names.name).or_else(implied)?;
        let name = folded(cloud, name.trim());
        // In a batch of extracted fields it may not be known whose service it is.
        let service = view.first(&names.service);
        let service = service.or_else(|| view.all(&names.service).into_iter().next());
        let mut named = names.get(&name).map(|at| &self.rules[at]);
        named.find(|rule| {
            let failed = rule.failing(view, service.as_deref());
            if let (Some(failure), Some(misses)) = (&failed, &mut misses) {
                misses.push(rule.miss(failure, view));
            }
            failed.is_none()
        })
    }
}

impl Names {
    fn new(cloud: Cloud, rules: &[Rule], [name, service]: [&str; 2], facts: &mut FactTable) -> Self {
        let mut exact: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        let mut globs = Vec::new();
        for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.cloud == cloud) {
            for name in rule.operation.names() {
                let name = folded(cloud, name).into_owned();
                if name.contains('*') {
                    globs.push((name, at));
                } else {
                    exact.entry(name).or_default().push(at);
                }
            }
        }
        Self {
            exact,
            globs,
            name: facts.fact(cloud, name),
            service: facts.fact(cloud, service),
        }
    }

    /// The rules that a name can mean, those with exactly this name first.
    fn get(&self, name: &str) -> impl Iterator<Item = usize> {
        let exact = self.exact.get(name).into_iter().flatten().copied();
        let globs = self.globs.iter().filter(move |(glob, _)| fits(glob, name));
        exact.chain(globs.map(|(_, rule)| *rule))
    }
}

/// Azure's spelling varies with the shape; the others' does not.
fn folded(cloud: Cloud, name: &str) -> Cow<'_, str> {
    if cloud == Cloud::Azure {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

fn facts_of(cloud: Cloud, paths: &[String], facts: &mut FactTable) -> Vec<Fact> {
    paths.iter().map(|path| facts.fact(cloud, path)).collect()
}

fn tests(cloud: Cloud, conditions: &[Condition], facts: &mut FactTable) -> Vec<Test> {
    let test = |condition: &Condition| {
        let mut paths = condition.path.all().iter();
        Test {
            facts: facts_of(cloud, condition.path.all(), facts),
            condition: condition.clone(),
            refusal: paths
                .any(|path| path == "requestParameters.documentName")
                .then(|| facts.fact(cloud, "errorMessage")),
        }
    };
    conditions.iter().map(test).collect()
}

fn rule(family: &Family, operation: &Operation, table: &mut FactTable) -> Rule {
    let cloud = family.cloud;
    let id = family.operation_id(operation);
    let variants = operation.variants.iter().map(|variant| {
        let mut facts = |paths: &Option<Vec<String>>| {
            let paths = paths.as_deref()?;
            Some(facts_of(cloud, paths, table))
        };
        Case {
            target: facts(&variant.target),
            document: facts(&variant.document),
            detail: facts(&variant.detail),
            when: tests(cloud, &variant.when, table),
            base: base(
                &id,
                variant.severity.unwrap_or(operation.severity),
                Some(&variant.reason),
            ),
            variant: variant.clone(),
        }
    });
    let variants = variants.collect();
    let mut facts = |paths: &[String]| facts_of(cloud, paths, table);
    let own = RuleFacts {
        target: facts(&operation.target),
        session: facts(&operation.session),
        document: facts(&operation.document),
        fingerprint: facts(&operation.fingerprint),
        detail: facts(&operation.detail),
    };
    Rule {
        variants,
        base: base(&id, operation.severity, None),
        id,
        cloud,
        app: family.app.clone(),
        scope: operation.scope,
        services: family.services(operation).to_vec(),
        when: tests(cloud, &operation.when, table),
        facts: own,
        operation: operation.clone(),
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
    fn failing<'r>(&'r self, view: &View<'_>, service: Option<&'r str>) -> Option<Failure<'r>> {
        let wanted = &self.services;
        let is_wanted = |s: &str| {
            wanted
                .iter()
                .any(|glob| glob.eq_ignore_ascii_case(s) || fits(glob, s))
        };
        if !wanted.is_empty() && !service.is_some_and(is_wanted) {
            return Some(Failure::Service(service));
        }
        self.when.iter().find(|test| !test.holds(view)).map(Failure::Test)
    }

    fn miss(&self, failure: &Failure<'_>, view: &View<'_>) -> NearMiss {
        let failed = match failure {
            Failure::Test(test) => test.failure(view),
            Failure::Service(service) => format!(
                "the event source is {}, not {}",
                service.unwrap_or("absent"),
                self.services.join(" or ")
            ),
        };
        let id = self.id.clone();
        NearMiss { id, failed }
    }

    /// What an event must say besides the name to be this operation, in words.
    pub fn conditions(&self) -> Vec<String> {
        let services = (!self.services.is_empty())
            .then(|| format!("the event source must be {}", self.services.join(" or ")));
        let tests = self
            .when
            .iter()
            .map(|test| format!("{} {}", test.paths(), test.wanted()));
        services.into_iter().chain(tests).collect()
    }

    fn case(&self, view: &View<'_>) -> Option<&Case> {
        self.variants
            .iter()
            .find(|case| case.when.iter().all(|test| test.holds(view)))
    }

    /// The scope from which on the operation, or one of its cases, is looked for.
    pub fn least_scope(&self) -> Scope {
        let cases = self.variants.iter().filter_map(|case| case.variant.scope);
        cases.fold(self.scope, Scope::min)
    }

    /// Every fact that the operation or one of its cases asks for.
    pub fn every_fact(&self) -> impl Iterator<Item = &Fact> {
        let own = &self.facts;
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
                .chain(case.when.iter().flat_map(|test| &test.facts))
        });
        lists
            .into_iter()
            .flatten()
            .chain(self.when.iter().flat_map(|test| &test.facts))
            .chain(cases)
    }
}

impl Test {
    fn holds(&self, view: &View<'_>) -> bool {
        let condition = &self.condition;
        let values = self.values(view);
        let any = |wanted: &[String]| {
            values
                .iter()
                .any(|v| wanted.iter().any(|w| w.eq_ignore_ascii_case(v)))
        };
        if condition.present {
            !values.is_empty()
        } else if condition.absent {
            values.is_empty()
        } else if !condition.is.is_empty() {
            any(&condition.is)
        } else if !condition.not.is_empty() {
            !any(&condition.not)
        } else {
            values
                .iter()
                .any(|v| condition.like.iter().any(|glob| fits(glob, v)))
        }
    }

    fn values<'e>(&self, view: &View<'e>) -> Vec<Cow<'e, str>> {
        let mut values = match &self.facts[..] {
            [fact] => view.all(fact),
            facts => facts.iter().flat_map(|fact| view.all(fact)).collect(),
        };
        let refusal = self.refusal.as_ref().filter(|_| values.is_empty());
        if let Some(message) = refusal.and_then(|fact| view.first(fact)) {
            values.extend(document_in(&message).map(|name| name.to_owned().into()));
        }
        values
    }

    /// Why it does not hold, in words.
    fn failure(&self, view: &View<'_>) -> String {
        let values = self.values(view);
        format!("{} is {}, but {}", self.paths(), shown(&values), self.wanted())
    }

    fn paths(&self) -> String {
        self.facts.iter().map(Fact::name).collect::<Vec<_>>().join(" or ")
    }

    fn wanted(&self) -> String {
        let condition = &self.condition;
        match () {
            () if condition.present => "must have a value".to_owned(),
            () if condition.absent => "must have no value".to_owned(),
            () if !condition.is.is_empty() => format!("must be {}", condition.is.join(" or ")),
            () if !condition.not.is_empty() => format!("must not be {}", condition.not.join(" or ")),
            () => format!("must be like {}", condition.like.join(" or ")),
        }
    }
}

fn shown(values: &[Cow<'_, str>]) -> String {
    if values.is_empty() {
        "absent".to_owned()
    } else {
        values.join(", ")
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

    /// Likewise in words, with the reason why this case applies.
    pub fn base(&self) -> &'d str {
        self.case.map_or(&self.rule.base, |case| &case.base)
    }

    /// The fixed kind of target, if any.
    pub fn target_type(&self) -> Option<&'d str> {
        self.variant()
            .and_then(|v| v.target_type.as_deref())
            .or(self.rule.operation.target_type.as_deref())
    }

    /// Where the machine is named.
    pub fn target(&self) -> &'d [Fact] {
        self.case
            .and_then(|c| c.target.as_deref())
            .unwrap_or(&self.rule.facts.target)
    }

    /// Where the document is named.
    pub fn document(&self) -> &'d [Fact] {
        self.case
            .and_then(|c| c.document.as_deref())
            .unwrap_or(&self.rule.facts.document)
    }

    /// What the summary says besides.
    pub fn detail(&self) -> &'d [Fact] {
        self.case
            .and_then(|c| c.detail.as_deref())
            .unwrap_or(&self.rule.facts.detail)
    }
}
