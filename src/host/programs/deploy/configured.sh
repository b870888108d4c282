# Whether systemd starts a unit as its release says: as its account, with its environment, and out of no other release.
# Invariant: reads only.
# shellcheck shell=sh

# as_configured UNIT: false, and why in $unproved, when another file on this host says otherwise.
as_configured() {
  account='' env_files=$nl unset='' unit_file='' drop_ins=''
  while IFS= read -r line; do
    value=${line#*=}
    case $line in
      User=*) account=$value ;;
      FragmentPath=*) unit_file=$value ;;
      DropInPaths=*) drop_ins=$value ;;
      EnvironmentFiles=*) env_files=$env_files${value% (*}$nl ;;
      UnsetEnvironment=*) unset=" $value " ;;
      NeedDaemonReload=yes) unproved="$1: a change of its files waits for systemctl daemon-reload" && return 1 ;;
    esac
  done <<SETTINGS
$(sctl show -p FragmentPath,DropInPaths,User,EnvironmentFiles,UnsetEnvironment,NeedDaemonReload -- "$1")
SETTINGS
  names_no_other "$1" && has_its_command "$1" && has_its_account "$1" && has_its_environment "$1"
}

# names_no_other UNIT: a folder of another release in its files would outlive this deploy, seen or unseen.
names_no_other() {
  # shellcheck disable=SC2086 # unit files have no blanks in their names
  other=$(all=$p_path/releases/ own=${here##*/} awk '
    /^[ \t]*[#;]/ { next }
    {
      while ((at = index($0, ENVIRON["all"])) > 0) {
        $0 = substr($0, at + length(ENVIRON["all"]))
        id = $0; sub(/[^A-Za-z0-9._-].*/, "", id)
        if (id != "" && id != ENVIRON["own"]) { print FILENAME " names release " id; exit }
      }
    }' $unit_file $drop_ins 2>/dev/null)
  [ -n "$other" ] || return 0
  unproved="$1: $other"
  return 1
}

# has_its_command UNIT: what works in the right folder may be any program.
has_its_command() {
  for file in $drop_ins; do
    grep -qs '^[[:blank:]]*ExecStart[[:blank:]]*=' "$file" || continue
    unproved="$1 starts what $file says, and not what its release does"
    return 1
  done
}

# has_its_account UNIT: a specifier may stand for any account.
has_its_account() {
  [ "$p_privilege" != none ] && [ -f "$chosen/units/$1" ] || return 0
  wanted=$(sed -n 's/^[[:blank:]]*User[[:blank:]]*=[[:blank:]]*//p' "$chosen/units/$1" | tail -n 1)
  case $wanted in "$account" | *%*) return 0 ;; esac
  [ "${wanted:-root}" != "${account:-root}" ] || return 0
  unproved="$1 runs as ${account:-root}, and its release says ${wanted:-root}"
  return 1
}

# has_its_environment UNIT: of several files the last one that names a variable counts, and Environment= never against a file.
has_its_environment() {
  [ -f "$chosen/env" ] || return 0
  mine=$env_dir/$p_app.env
  case $env_files in *"$nl$mine$nl"*) ;; *) unproved="$1 does not read $mine" && return 1 ;; esac
  names=$(sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' "$chosen/env")
  for name in $names; do
    case $unset in *" $name "* | *" $name="*) unproved="$1 does not get $name: UnsetEnvironment= takes it away" && return 1 ;; esac
  done
  while IFS= read -r pattern; do
    for name in $names; do
      # shellcheck disable=SC2086 # a pattern, as systemd takes it
      file=$(grep -D skip -ls "^[[:blank:]]*${name}[[:blank:]]*=" $pattern | head -n 1)
      [ -n "$file" ] || continue
      unproved="$1 gets $name from $file, and not from $mine"
      return 1
    done
  done <<LATER
${env_files##*"$nl$mine$nl"}
LATER
}
