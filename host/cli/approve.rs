//! `regent approve`: a second pair of eyes signs a plan.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::Status;
use crate::plan::{Approval, Plan, PlanFile};
use crate::report::approve::{ApprovalReport, ApproveReport, StatementReport};
use crate::report::typed;
use crate::secret::approval::{self, Approver};
use crate::secret::signing::{self, APPROVAL};
use crate::secret::{KeyFile, VerifyingKey};
use crate::settings;
use crate::source::{self, SourceFile};

use super::failure::{Clash, Misuse};
use super::next::{self, PlanToRun, RunArguments};
use super::prepare::PromotionArguments;
use super::{Context, Failure, init, planned};

/// Show a plan file and who has approved it, or approve it with your key
///
/// With --key, the plan's digest and the time are signed with an OpenSSH key, and the signature is
/// put into the plan file. The public half of the key must stand in regent.toml (`[[approver]]` with
/// name and key), where the organisation's rules find whose it is. Keys are of Ed25519, ECDSA on
/// P-256, or RSA of 3072 bits or more.
///
/// A key that an agent or a token keeps (sk-ssh-ed25519, sk-ecdsa-sha2-nistp256) signs elsewhere:
/// --statement writes what is to be signed, `ssh-keygen -Y sign -n regent-approval -f KEY FILE` signs
/// it, and --signature FILE.sig puts the signature into the plan file. Copies of a plan that were
/// approved apart come together with --join.
///
/// A plan that publishes rules (`regent policy publish --out PLAN-FILE`) is approved alike, by the
/// approvers of the rules that govern.
///
/// Nobody approves what is their own: an approval by who made the plan or by who runs it does not
/// count.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Plan file that `regent plan` or `regent policy publish` wrote with --out
    #[arg(value_name = "PLAN-FILE")]
    file: PathBuf,
    /// Private key to approve with
    #[arg(long, value_name = "KEY", conflicts_with_all = ["statement", "signature", "join"])]
    key: Option<PathBuf>,
    /// Write what is to be signed to this file, which must not exist; with --signature, the file
    /// that was signed
    #[arg(long, value_name = "FILE", conflicts_with = "join")]
    statement: Option<PathBuf>,
    /// Take in this signature; what was signed is the file of the same name without .sig
    #[arg(long, value_name = "FILE.sig", conflicts_with = "join")]
    signature: Option<PathBuf>,
    /// Take over the approvals of another copy of the same plan
    #[arg(long, value_name = "PLAN-FILE")]
    join: Vec<PathBuf>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Status, Failure> {
    let file = planned::read(&arguments.file)?;
    let report = if let Some(key) = &arguments.key {
        match sign(key, file, arguments, context)? {
            Some(report) => report,
            None => return Ok(Status::Done),
        }
    } else if let Some(signature) = &arguments.signature {
        take_in(signature, file, arguments, context)?
    } else if let Some(statement) = &arguments.statement {
        state(statement, &file, arguments, context)?
    } else if arguments.join.is_empty() {
        report(arguments, &file, context)?
    } else {
        join(file, arguments, context)?
    };
    context.say(&report)?;
    Ok(Status::Done)
}

/// Signs with a key in a file; nothing where that was thought better of.
fn sign(
    path: &Path,
    mut file: PlanFile,
    arguments: &Arguments,
    context: &Context,
) -> Result<Option<ApproveReport>, Failure> {
    let key = KeyFile::read(path)?;
    let approvers = approvers(&file, context)?;
    let approver = approver(&key.public(), path, "is", &file, &approvers)?;
    if context.is_human() {
        let mut page = context.err_page();
        report(arguments, &file, context)?.plan(&mut page);
        context.ui.err(&page.finish());
    }
    let question = format!("Approve this plan as {}?", approver.name);
    if !context.confirm(arguments.yes, &question)? {
        context.ui.err("nothing was signed\n");
        return Ok(None);
    }
    let key = context.unlock(key, path)?;
    let at = context.ambience.clock.now();
    let statement = Approval::statement(file.plan.digest(), at);
    let approval = Approval {
        approver: approver.name.clone(),
        at,
        signature: key.sign(APPROVAL, statement.as_bytes())?,
    };
    approval::add(&mut file, approver, approval);
    approved(arguments, &file, approver, context).map(Some)
}

/// Writes down what is to be signed elsewhere.
fn state(
    path: &Path,
    file: &PlanFile,
    arguments: &Arguments,
    context: &Context,
) -> Result<ApproveReport, Failure> {
    let statement = Approval::statement(file.plan.digest(), context.ambience.clock.now());
    init::write_new(path, statement.as_bytes())?;
    let mut signature = path.as_os_str().to_owned();
    signature.push(".sig");
    Ok(ApproveReport {
        statement: Some(StatementReport {
            file: path.display().to_string(),
            sign: format!(
                "ssh-keygen -Y sign -n {APPROVAL} -f KEY {}",
                typed::path(path)
            ),
        }),
        command: format!(
            "regent approve {} --signature {}",
            typed::path(&arguments.file),
            typed::path(Path::new(&signature))
        ),
        ..report(arguments, file, context)?
    })
}

/// Takes in what was signed elsewhere.
fn take_in(
    path: &Path,
    mut file: PlanFile,
    arguments: &Arguments,
    context: &Context,
) -> Result<ApproveReport, Failure> {
    let statement = match (&arguments.statement, path.extension()) {
        (Some(statement), _) => statement.clone(),
        (None, Some(extension)) if extension == OsStr::new("sig") => path.with_extension(""),
        (None, _) => {
            return Err(Failure::Usage {
                code: Misuse::StatementUnnamed,
                message: format!(
                    "the name of {} does not say what was signed",
                    path.display()
                ),
                help: "name the file that was signed with --statement FILE".to_owned(),
            });
        }
    };
    let unfit = |cause| Failure::Signature {
        path: path.to_owned(),
        cause,
    };
    let said = SourceFile::read_text(&statement)?;
    let at =
        approval::stated(said.text(), file.plan.digest()).map_err(|cause| Failure::Statement {
            path: statement.clone(),
            cause,
        })?;
    let text = SourceFile::read_text(path)?;
    let armored = signing::one_armored(text.text()).map_err(unfit)?;
    let key = VerifyingKey::named_in(armored).map_err(unfit)?;
    key.verify(APPROVAL, said.text().as_bytes(), armored)
        .map_err(unfit)?;
    let approvers = approvers(&file, context)?;
    let approver = approver(&key, path, "is by", &file, &approvers)?;
    let approval = Approval {
        approver: approver.name.clone(),
        at,
        signature: format!("{armored}\n"),
    };
    approval::add(&mut file, approver, approval);
    approved(arguments, &file, approver, context)
}

/// Brings together what was approved apart.
fn join(
    mut file: PlanFile,
    arguments: &Arguments,
    context: &Context,
) -> Result<ApproveReport, Failure> {
    let digest = file.plan.digest();
    let approvers = approvers(&file, context)?.into_owned();
    let (mut joined, mut left) = (Vec::new(), Vec::new());
    for path in &arguments.join {
        let other = planned::read(path)?;
        if other.plan.digest() != digest {
            return Err(Failure::Conflict {
                code: Clash::OtherPlan,
                message: format!(
                    "{} is another plan than {}",
                    path.display(),
                    arguments.file.display()
                ),
                help: format!(
                    "nothing was changed; join copies of one plan: their digests are {} and {digest}",
                    other.plan.digest()
                ),
            });
        }
        let (taken, refused) = approval::join(&mut file, &other, &approvers);
        joined.extend(taken);
        left.extend(refused.into_iter().map(ApprovalReport::from));
    }
    write(arguments, &file)?;
    Ok(ApproveReport {
        joined,
        left,
        command: command_to_run(arguments, &file.plan),
        ..report(arguments, &file, context)?
    })
}

/// Who may approve this plan: of rules that are to be published those whom the governing ones know,
/// which publishing holds against the database.
fn approvers<'a>(file: &PlanFile, context: &'a Context) -> Result<Cow<'a, [Approver]>, Failure> {
    Ok(match &file.plan.rules {
        Some(change) => Cow::Owned(settings::approvers(&change.before)),
        None => Cow::Borrowed(&context.settings()?.approvers),
    })
}

/// Whose key it is that a file is or is by.
fn approver<'a>(
    key: &VerifyingKey,
    path: &Path,
    is: &str,
    file: &PlanFile,
    approvers: &'a [Approver],
) -> Result<&'a Approver, Failure> {
    let found = approvers.iter().find(|approver| approver.key.is(key));
    found.ok_or_else(|| Failure::Usage {
        code: Misuse::NotAnApprover,
        message: format!("{} {is} the key of no approver", path.display()),
        help: if file.plan.rules.is_some() {
            let known: Vec<_> = approvers.iter().map(|known| known.name.as_str()).collect();
            let known = if known.is_empty() {
                "nobody".to_owned()
            } else {
                known.join(", ")
            };
            format!(
                "nothing was signed; who approves other rules is named by those that govern, and \
                 they know {known}"
            )
        } else {
            format!(
                "add to regent.toml, with your account's name:\n[[approver]]\nname = \"NAME\"\nkey = \"{key}\""
            )
        },
    })
}

fn approved(
    arguments: &Arguments,
    file: &PlanFile,
    approver: &Approver,
    context: &Context,
) -> Result<ApproveReport, Failure> {
    write(arguments, file)?;
    Ok(ApproveReport {
        added: Some(approver.name.clone()),
        command: command_to_run(arguments, &file.plan),
        ..report(arguments, file, context)?
    })
}

fn write(arguments: &Arguments, file: &PlanFile) -> Result<(), Failure> {
    source::replace(&arguments.file, file.text().as_bytes()).map_err(|cause| Failure::File {
        act: "write",
        path: arguments.file.clone(),
        cause,
    })
}

fn command_to_run(arguments: &Arguments, plan: &Plan) -> String {
    if plan.rules.is_some() {
        return format!(
            "regent policy publish --plan {}",
            typed::path(&arguments.file)
        );
    }
    let promotion = PromotionArguments::planned(plan);
    let plan = PlanToRun::new(&arguments.file);
    next::promote_plan(plan, &promotion, &RunArguments::default())
}

fn report(
    arguments: &Arguments,
    file: &PlanFile,
    context: &Context,
) -> Result<ApproveReport, Failure> {
    let name = arguments.file.display().to_string();
    Ok(ApproveReport {
        today: context.today(),
        digest: file.plan.digest(),
        plan: file.plan.clone(),
        approvals: planned::approvals(
            file,
            &approvers(file, context)?,
            context.involved(&file.plan, false),
        ),
        added: None,
        joined: Vec::new(),
        left: Vec::new(),
        statement: None,
        command: format!("regent approve {} --key KEY", typed::path(&arguments.file)),
        file: name,
    })
}
