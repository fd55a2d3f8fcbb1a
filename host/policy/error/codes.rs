//! By what a script tells the errors of plugins from others.

use crate::exit::coded;

use super::{Error, Refusal};

coded! {
    Error {
        Several "plugins-unfit" Environment "several plugins cannot be used; the causes name each";
        Cache "compile-cache-failed" Environment "the folder of compiled plugins cannot be used";
        CacheExposed "compile-cache-exposed" Environment "other accounts could put code among the compiled plugins";
        Engine "engine-failed" Environment "the WebAssembly engine does not start";
    }
    passing { Plugin.cause, Component.cause, Entropy.0 }
}

coded! {
    Refusal {
        NoVote "plugin-without-vote" Environment "a group counts on a plugin that decides no promotions";
        Unreadable "component-unreadable" Environment "a plugin's component cannot be read";
        NotAFile "component-not-a-file" Environment "a folder, pipe or device stands where a component should be";
        TooLarge "component-too-large" Environment "a component is larger than any plugin";
        Precompiled "component-precompiled" Environment "a component is native code, which is never loaded";
        CoreModule "component-core-module" Environment "a WebAssembly module was not made a component";
        Text "component-text" Environment "a component is in the text form of WebAssembly";
        NotWasm "not-a-component" Environment "the file is no WebAssembly component";
        Invalid "component-invalid" Environment "a component does not compile";
        ForeignImports "component-foreign-imports" Environment "a component imports more than the contract offers";
        UnfitImport "component-unfit-import" Environment "a component imports something of the contract that this regent does not have";
        WrongVersion "contract-version-unknown" Environment "a component was built for a version of the contract that this regent does not speak";
        MissingExport "component-missing-export" Environment "a component does not export what every plugin exports";
        NothingToAsk "component-nothing-to-ask" Environment "a component neither checks update files nor decides promotions";
        Signature "component-signature-unfit" Environment "a function of a component does not fit the contract";
        DoesNotStart "plugin-does-not-start" Environment "a plugin broke when it was started to be looked at";
        Undescribed "plugin-undescribed" Environment "a plugin broke when it was asked to describe itself";
        Description "plugin-description-unfit" Environment "what a plugin says of itself cannot be used";
        Settings "plugin-settings-unfit" Environment "a plugin's settings do not fit its schema";
        Tried "plugin-broke-on-trial" Environment "a plugin broke when it was asked once with its settings";
        Duplicate "plugin-name-twice" Environment "two plugins are loaded under one name";
    }
    passing { Distrusted.0 }
}
