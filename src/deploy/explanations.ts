/** Codes of a deploy, its source, and the way back. */
export const explanations: Readonly<Record<string, string>> = {
  'source-empty': 'The source of the app holds no files once the excluded ones are taken out. Check `source` and `exclude`.',
  'source-entry':
    'The source holds something that cannot be part of a release: a socket, a device, a link that leads out of it once the other links on its way are followed (into a shared path it may, and not out of that one again) or back to itself, a name with control characters or not in UTF-8, something that you may not read, a file or link where a path of `shared` lies below, or a unit file, or a program of a service or check, that names the folder of one release: it would go on with that one, and break when it goes. The message names it and says why; mend, remove or exclude it.',
  'source-git':
    'git could not export the commit that `source` names. The message is git’s own. Nothing of the repository’s configuration runs; where git lacked a program of it, the message names the setting: `git config --global` makes it yours.',
  'source-filter':
    'The repository’s own configuration, which a clone does not bring, has a filter: a command that makes other bytes of files. Nothing of a repository runs unasked, and without it the commit would ship as git keeps it. Look at the command and set it in your own configuration with `git config --global` when you trust it. Those of git-lfs and git-crypt need nothing.',
  'source-submodule':
    'The source has a git submodule whose files are not on this machine: it would arrive as an empty folder. Fetch it with `git submodule update --init --recursive`, or exclude it.',
  'source-lfs':
    'A file of the source is what git-lfs keeps in its place: a few lines that say where the content is. The app would get these lines. Fetch the content with `git lfs pull`; a git source needs git-lfs to be installed for its repository; what the app does not need is excluded.',
  'tmpdir-unusable':
    'A commit is exported to a temporary folder before it is sent, and none could be made in the one that TMPDIR names (else /tmp). Set TMPDIR to a writable folder.',
  'git-missing':
    'The source of the app is a git commit, and git is not installed here. Install it, or use a directory as the source.',
  'unit-file-missing': 'A service names a unit file in the source that is not there. Check `unit:` of the service.',
  'upload-failed':
    'rsync could not finish the upload; the message is its own. Nothing was switched, and what has arrived stays for the next try.',
  'upload-missing': 'The uploaded tree of this run is not on the host any more. Run the deploy again.',
  'manifest-mismatch':
    'The host and this machine disagree about what the release consists of. Run the deploy again; the whole release is then sent anew.',
  'tree-mismatch':
    'A file of the release on the host is not what the manifest says. The upload was damaged or the disk is failing; nothing was switched.',
  'stage-failed':
    'The folder of the new release could not be prepared on the host. Usually its disk is full; the message names the step.',
  'state-unwritable': 'The host could not write the state of the release. A full or read-only disk is the usual cause.',
  'user-cannot-read':
    'The account of the app cannot enter its own release. Check the permissions of the folders above the target.',
  'unit-invalid': 'systemd finds a mistake in a unit file of the release, so it was not installed. The message is systemd’s own.',
  'unit-cannot-start':
    'The account of a service may not run the program that the service starts, or the program that its first line names is not on the host. Nothing was switched. Give the file its execute permission in the source, or install what it names.',
  'check-failed': 'A command of `checks` did not exit 0 in the new release, so it was not switched to. Its last lines are shown.',
  'check-timeout':
    'A command of `checks` was still running after five minutes, so it was ended and the release was not switched to. A check asks whether the release can run; what takes longer, such as a test suite, belongs before the deploy.',
  'swap-failed': '`current` could not be pointed at the release. Check the permissions and the file system of the target.',
  'install-failed':
    'The unit files or the environment file of the release could not be installed. The message names the file and the reason, or ends with what systemctl said.',
  'unit-crash-loop':
    'The service of the new release ended and was started again, more than once. Its last lines are shown, and all of them with `ops logs`; the host went back to the last proven release.',
  'unit-failed':
    'The service of the new release ended or could not be started. Its last lines are shown; the host went back to the last proven release.',
  'unit-unstable':
    'The service became active but did not stay as it was through its stability window: something ended or restarted it. Its last lines are shown; the host went back to the last proven release.',
  'unit-start-timeout':
    'The service was not active within `start`. It may wait for something that is not there; a service of Type=notify must say when it is ready.',
  'unit-not-restarted':
    'systemd did not restart the service, so what ran before went on. The message is its own: a unit with RefuseManualStop=, or a rule of polkit, is the usual cause.',
  unproved:
    'The release is current, its units are up and its probes were answered, and yet it is not sure that this release does it: a process of the service is of another release, or older than the restart, or has nothing of the release open; or a file of somebody else has it start another program, as another account or with another environment; or a service that ops.yaml does not name goes on with another release; or somebody else holds the port that a probe asked. The message says which. It stays as it is, and no failure goes back to it. A service that runs elsewhere, such as in a container, is proven by a probe whose answer names the release: contains: "{release}", "{digest}" or "{commit}".',
  'probe-commit-unknown':
    'A probe has {commit} in `contains`, and what is deployed is of no commit. Take {release} or {digest} instead, or a git commit as the source.',
  'probe-failed':
    'The service runs, but a probe did not get the answer that it expects, in none of its attempts. The message shows what was answered last.',
  'operator-probe':
    'The release runs and answers on the host, but not from this machine. An access rule, a firewall, or a service that listens on 127.0.0.1 only is the usual cause. Only hosts of ops.yaml are asked from here, at tailnet addresses, and no redirect is followed: a question that a release has for anybody else is not asked.',
  'no-previous-release':
    'No older release on this host is proven, so there is nothing to go back to. What a rollback has left is not gone back to by itself: deploy it again from its source, which sends nothing that is there.',
  'release-unknown': 'No release of this id is on the host. `ops releases` lists them.',
  'release-ambiguous':
    'The ids of several releases end like this. Write more of the end, or the whole id; `ops releases` lists them.',
  'release-not-proven':
    'Only a release that is proven on the host is gone back to. This one never passed its probes there, or was left by a rollback; `ops releases` says which. Choose a proven one, or deploy it again.',
  'release-missing': 'The release is recorded, but its tree has been removed from the host. Choose another, or deploy it again.',
  'prune-unfinished':
    'Some of the old releases were removed, and then one could not be. What serves, and what it goes back to, is as it was. The message says what is in the way; run the command again once it is gone.',
  'adopt-nothing': 'There is no running installation at the target that could be taken over. Deploy without --adopt.',
  'adopt-twice': 'This installation belongs to ops already. Deploy without --adopt.',
  'put-back':
    'This host had taken the release well and went back all the same, because another host of the same run failed: in a deploy all hosts end on one release.',
};
