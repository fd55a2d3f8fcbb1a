//! By what a script tells the errors of secrets from others.

use super::Error;
use crate::exit::coded;

coded! {
    Error {
        Unreadable "secret-file-unreadable" Environment "a backup, vault, key or password file cannot be read";
        Unwritable "secret-file-unwritable" Environment "a backup, vault or key cannot be written";
        NotAFile "secret-file-not-a-file" Environment "a folder, pipe or link stands where a backup, key or password file should be";
        NotTheVaults "vault-place-taken" Environment "something else stands where the vault keeps a file or folder";
        NoSighting "sighting-unusable" Environment "what is kept of how far the system was seen is not what regent writes";
        Exists "backup-exists" Environment "the file exists already, and backups are never overwritten";
        TooLarge "secret-file-too-large" Environment "a file is larger than anything that can be in it";
        TooOpen "secret-file-open-to-others" Environment "others than its owner may use a file that holds a secret";
        NotABackup "not-a-backup" Environment "the file is no backup of a master secret";
        Binary "backup-binary" Environment "the file is binary, as the vendor's own backups are, and no backup that regent wrote";
        SeveralBackups "several-backups" Environment "the file holds more than one backup";
        NewerFormat "secret-format-newer" Environment "a backup or vault is of a format that this regent does not know";
        Truncated "secret-file-truncated" Environment "the end of a backup or vault is missing";
        Damaged "secret-file-damaged" Environment "a backup or vault is not as regent writes it";
        CostRefused "derivation-cost-refused" Environment "a backup asks for more work than any backup needs, or for next to none";
        WrongPasswordOrAltered "wrong-password-or-altered" Environment "the password is wrong, or the backup was altered";
        ReadBack "secret-file-not-read-back" Environment "what was written did not read back";
        PasswordTooShort "password-too-short" Environment "the new password has too few characters";
        PasswordTooLong "password-too-long" Environment "the password has too many characters";
        PasswordEmpty "password-empty" Environment "the password is empty";
        PasswordNotText "password-not-text" Environment "the password is not one line of text";
        PasswordNotUnicode "password-not-unicode" Environment "the password is not text in UTF-8 or UTF-16";
        ReminderTooLong "reminder-too-long" Environment "the reminder has too many characters";
        ReminderTellsPassword "reminder-tells-password" Environment "the reminder contains the password";
        ReminderNotText "reminder-not-text" Environment "the reminder is not one line of text";
        OtherSystem "backup-of-other-system" Conflict "the backup was made for another system";
        OlderGeneration "backup-of-older-secret" Conflict "the backup holds the master secret before the present one";
        OtherSecret "backup-of-other-secret" Conflict "the backup holds another master secret than the database needs";
        NoSecret "secret-not-generated" Conflict "no master secret has been generated for this system";
        ProofDoesNotOpen "proof-does-not-open" Conflict "the master secret does not open this database's proof";
        VaultDoesNotOpen "vault-does-not-open" Environment "the machine key does not open the vault";
        SealedByAnotherKey "vault-sealed-by-another-key" Environment "another machine key than the one here sealed the vault";
        AnotherSystemsVault "vault-of-other-system" Conflict "the vault is another system's";
        WouldReplaceUnopened "vault-would-be-replaced" Conflict "a vault that cannot be opened would be replaced";
        NoMachineKey "machine-key-missing" Environment "the machine key is missing";
        BadMachineKey "machine-key-invalid" Environment "the machine key has not the length of one";
        NotStaged "secret-not-staged" Conflict "the master secret staged for the promotion is gone";
        NoMemory "no-memory" Environment "there is not enough memory to derive the backup's key";
        NotAKey "not-a-key" Environment "the file is no private key that can sign";
        PublicHalf "public-half" Environment "the file is the public half of a key";
        OldPrivateKey "old-private-key" Environment "the private key is in an older form than OpenSSH's";
        KeyOnToken "key-on-token" Environment "the private key is on a token, which signs by itself";
        UnfitKey "unfit-key" Environment "the private key is of a kind or length that is not taken";
        WrongPassphrase "wrong-passphrase" Environment "the passphrase does not open the key";
        NotSigned "not-signed" Environment "the key could not sign";
    }
    passing { Entropy.0 }
}
