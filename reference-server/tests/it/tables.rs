use std::collections::BTreeSet;

use wxcheck_reference_server::{Behaviour, DEFECTS, UNUSUAL, defect, unusual};

#[test]
fn names_are_unique_kebab_case_and_found() {
    let names: Vec<_> = DEFECTS
        .iter()
        .map(|defect| defect.name)
        .chain(UNUSUAL.iter().map(|unusual| unusual.name))
        .collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    for name in names {
        assert!(
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{name}"
        );
        assert!(defect(name).is_some() != unusual(name).is_some(), "{name}");
    }
}

#[test]
fn every_behaviour_differs_from_the_correct_one() {
    for defect in DEFECTS {
        assert_ne!(
            (defect.behaviour)(),
            Behaviour::default(),
            "{}",
            defect.name
        );
    }
    for unusual in UNUSUAL {
        assert_ne!(
            (unusual.behaviour)(),
            Behaviour::default(),
            "{}",
            unusual.name
        );
    }
}

// That the rules named here exist, and that every rule has a defect, is the suite's affair to test.
#[test]
fn every_defect_names_what_catches_it() {
    for defect in DEFECTS {
        assert!(!defect.caught_by.is_empty(), "{}", defect.name);
    }
}
