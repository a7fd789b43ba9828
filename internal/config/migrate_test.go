package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// originals are all that the original lets an administrator set: defs.py, the
// settings of its framework, the .env of its containers, and conf.js of its client.
//
//nolint:misspell // THRESHHOLD is how the original writes it
const originals = `
SMTP_SERVER SMTP_CREDENTIALS FROM_EMAIL ADMIN_EMAILS EMAIL_SUBJECT_START HEALTHCARE_COMPLIANCE DB_ADDRESS DB_POOL_SIZE DB_BACKUP_FILE
DIR_SEQUENCES DIR_RESULTS DIR_OUT_VIDJIL_ID DIR_PRE_VIDJIL_ID BASENAME_OUT_VIDJIL_ID DIR_VIDJIL DIR_GERMLINE DIR_FUSE DIR_PREPROCESS
DIR_MIXCR DIR_IGREC DIR_PEAR DIR_FLASH2 DIR_BINARIES DIR_CLONEDB FUSE_SERVER PORT_FUSE_SERVER DIR_LOG LOG_INFO LOG_DEBUG TASK_TIMEOUT
REVERSE_IP LOCUS FS_LOCK_THRESHHOLD SCHEDULER_HEARTBEAT FILE_SOURCE FILE_TYPES SET_TYPE_PATIENT SET_TYPE_RUN SET_TYPE_SET REQUIRE_HTTPS
BROWSER_PATH LDAP LDAP_CONF LIMITED_ACCOUNTS TAG_PREFIX PUBLIC_GROUP_NAME VIDJIL_JSON_VERSION VIDJIL_JSON_VERSION_REQUIRED DIR_FUSE_PRE
DIR_FUSE_POST SESSION_TYPE SESSION_SECRET_KEY VERIFY_EMAIL REQUIRES_APPROVAL OAUTH2GOOGLE_CLIENT_ID USE_PAM USE_LDAP LDAP_SETTINGS CELERY_BROKER
SERVICE_NAME MYSQL_ROOT_PASSWORD MYSQL_PASSWORD PY4WEB_ADMIN_PASSWORD VOLUME_PATH VOLUME_NFS maildomain smtp_user PRODUCTION
SERVICE_PREFIX_NAME UWSGI_POOL WORKERS_POOL MYSQL_DATABASE MYSQL_USER PYDAL_URI
support hosting healthcare alert cgi_address proxy segmenter_address clonedb server_id use_database db_address login password file_menu
autoload autoload_analysis addons url_rewriting doc_address available_tips debug_mode`

// TestMigration: whatever could be set in the original is a setting here, or the
// page for those who come from it says why there is none.
func TestMigration(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/migrate-from-vidjil.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| `defs.py`")
	table, _, _ = strings.Cut(table, "\n\n")
	var keys []string
	for _, f := range Fields() {
		keys = append(keys, f.Key)
	}
	word := regexp.MustCompile("`([^`]+)`")
	told := map[string]bool{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(line, "conf.js") {
			continue
		}
		here := word.FindAllStringSubmatch(cells[2], -1)
		for _, m := range here {
			if !slices.Contains(keys, m[1]) {
				t.Errorf("%s: there is no setting %s", strings.TrimSpace(cells[1]), m[1])
			}
		}
		if len(here) == 0 && (strings.TrimSpace(cells[2]) != "none" || strings.TrimSpace(cells[3]) == "") {
			t.Errorf("%s: neither a setting nor a reason: %q", strings.TrimSpace(cells[1]), line)
		}
		for _, m := range word.FindAllStringSubmatch(cells[1], -1) {
			told[m[1]] = true
		}
	}
	for name := range strings.FieldsSeq(originals) {
		if !told[name] {
			t.Errorf("nothing is said of %s", name)
		}
	}
}
