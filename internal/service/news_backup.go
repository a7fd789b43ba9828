package service

import (
	"cmp"
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/store"
)

const (
	// backupAgain is the time between two mails while no backup works, backupEvery
	// that between two when there was a good one in between.
	backupAgain = 24 * time.Hour
	backupEvery = time.Hour
)

// settingBackup keeps of which backup the one that failed would have been the
// next when administrators were last told.
const settingBackup = "mail_backup"

// TellBackup tells administrators that the last backup came to nothing, when it
// did. It does not matter who tried to make it: of several servers on one
// database, and of commands beside them, each notes how it went.
func (s *Service) TellBackup(ctx context.Context) error {
	var b lab.BackupStatus
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		b, err = tx.BackupStatus(ctx)
		return err
	})
	if err != nil || b.Error == "" {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		if b, err = tx.BackupStatus(ctx); err != nil || b.Error == "" {
			return err
		}
		last, err := tx.LastMailAbout(ctx, lab.MailBackup)
		if err != nil {
			return err
		}
		told, err := tx.Setting(ctx, settingBackup)
		if err != nil {
			return err
		}
		after, wait := cmp.Or(b.LastID, "none"), backupAgain
		if told != after {
			wait = backupEvery
		}
		if tx.Now.Sub(last) < wait {
			return nil
		}
		base, err := s.base(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.PutSetting(ctx, settingBackup, after); err != nil {
			return err
		}
		return s.postAdministrators(ctx, tx, mail.Backup{Tried: b.LastTry, Last: b.LastSuccess, Link: base + "/admin"})
	})
}
