// Which mounts become disks: escapes, twins, what is hidden or virtual, and a host's mounts behind a prefix.
import assert from 'node:assert/strict';
import { mkdirSync, statfsSync } from 'node:fs';
import { test } from 'node:test';
import { parseMountinfo } from '../../src/daemons/agent/collectors/mounts.ts';
import { labelValueError } from '../../src/domain/names.ts';
import { createRootTree, type Ending, type RootTree } from './root-tree.ts';

const ROOT_LINE = '20 1 8:1 / / rw - ext4 /dev/sda1 rw';

function treeOf(t: Ending, mounts: { lines: readonly string[]; dirs?: readonly string[] }): RootTree {
  const root = createRootTree(t, { 'proc/1/mountinfo': `${mounts.lines.join('\n')}\n` });
  for (const dir of mounts.dirs ?? []) mkdirSync(root.path(dir), { recursive: true });
  return root;
}

const disksOf = async (root: RootTree, options = {}) => (await root.read(options)).take();

test('names with spaces, tabs, backslashes and marks are decoded once and found by statfs', async (t) => {
  const root = treeOf(t, {
    lines: [
      ROOT_LINE,
      '31 20 8:2 / /mnt/two\\040words rw shared:1 - ext4 /dev/b rw',
      '32 20 8:3 / /mnt/glued\\0407 rw - ext4 /dev/c rw',
      '33 20 8:4 / /mnt/tab\\011stop rw master:2 shared:3 - ext4 /dev/d rw',
      '34 20 8:5 / /mnt/c\\134d rw - ext4 /dev/mapper/x\\040y rw',
      '35 20 8:6 / /mnt/e\\134040f rw - ext4 /dev/e rw',
      '36 20 8:7 / /mnt/last\\040 rw shared:1 master:2 propagate_from:3 - ext4 /dev/f rw',
      '37 20 8:8 / /mnt/grün\\043[1] rw - ext4 /dev/g rw',
    ],
    dirs: [
      'mnt/two words',
      'mnt/glued 7',
      'mnt/tab\tstop',
      'mnt/c\\d',
      'mnt/e\\040f',
      'mnt/last ',
      'mnt/grün#[1]',
    ],
  });
  const seen = await disksOf(root);
  const names = [
    '/',
    '/mnt/c\\d',
    '/mnt/e\\040f',
    '/mnt/glued 7',
    '/mnt/grün#[1]',
    '/mnt/last ',
    '/mnt/tab\\tstop',
    '/mnt/two words',
  ];
  for (const metric of ['disk.usage', 'disk.free', 'disk.inodes'])
    assert.deepEqual(seen.labels(metric), names);
  assert.ok(!seen.isLeftOut(/^mount /));
});

test('any name becomes a label that report takes: bytes that are not UTF-8, line breaks, a last backslash, 300 letters', async (t) => {
  const long = `/mnt/${'volume/'.repeat(40)}`;
  const lines = [
    ROOT_LINE,
    '31 20 8:2 / /mnt/back\\134 rw - ext4 /dev/b rw',
    '32 20 8:3 / /mnt/line\\012break rw - ext4 /dev/c rw',
    `33 20 8:4 / ${long}1 rw - ext4 /dev/d rw`,
    `34 20 8:5 / ${long}2 rw - ext4 /dev/e rw`,
  ].join('\n');
  const bytes = Buffer.concat([
    Buffer.from(`${lines}\n35 20 8:6 / /mnt/x`),
    Buffer.from([0xff]),
    Buffer.from(' rw - ext4 /dev/f rw\n'),
  ]);
  const root = createRootTree(t, { 'proc/1/mountinfo': bytes });
  for (const dir of ['mnt/back\\', 'mnt/line\nbreak', `${long.slice(1)}1`, `${long.slice(1)}2`])
    mkdirSync(root.path(dir), { recursive: true });
  mkdirSync(Buffer.concat([Buffer.from(root.path('mnt/x')), Buffer.from([0xff])]));
  const labels = (await disksOf(root)).labels('disk.usage');
  assert.equal(labels.length, 6);
  for (const label of labels) assert.equal(labelValueError(label), undefined, JSON.stringify(label));
});

test('each disk is sampled once, under a name that does not depend on the order of the list', async (t) => {
  const lines = [
    ROOT_LINE,
    '30 20 8:1 /var/shop /shop rw - ext4 /dev/sda1 rw',
    '31 20 8:2 / /store rw - ext4 /dev/sdb1 rw',
    '32 20 8:2 / /store ro - ext4 /dev/sdb1 rw',
    '33 20 0:40 /@logs /var/logs rw - btrfs /dev/sdc rw',
    '34 20 0:40 /@mail /var/mail rw - btrfs /dev/sdc rw',
    '35 20 0:41 / /nfs/two rw - nfs4 nas:/vol rw',
    '36 20 0:41 / /nfs/one rw - nfs4 nas:/vol rw',
  ];
  const dirs = ['shop', 'store', 'var/logs', 'var/mail', 'nfs/one', 'nfs/two'];
  const expected = ['/', '/nfs/one', '/store', '/var/logs'];
  const seen = await disksOf(treeOf(t, { lines, dirs }));
  assert.deepEqual(seen.labels('disk.usage'), expected);
  assert.ok(seen.isLeftOut(/^further mounts of a device/));
  const [first = '', ...others] = lines;
  const reversed = [...others.reverse(), first];
  assert.deepEqual((await disksOf(treeOf(t, { lines: reversed, dirs }))).labels('disk.usage'), expected);
});

test('what lies below another mount is not sampled under its path', async (t) => {
  const seen = await disksOf(
    treeOf(t, {
      lines: [
        ROOT_LINE,
        '40 20 8:17 / /usb rw - ext4 /dev/sdb1 rw',
        '41 40 8:33 / /usb rw - xfs /dev/sdc1 rw',
        '42 20 8:49 / /data/old rw - ext4 /dev/sdd1 rw',
        '43 20 8:65 / /data rw - ext4 /dev/sde1 rw',
        '44 20 0:50 / /net/x rw - autofs auto rw',
        '45 44 8:81 / /net/x rw - ext4 /dev/sdf1 rw',
      ],
      dirs: ['usb', 'data/old', 'net/x'],
    }),
  );
  assert.deepEqual(seen.labels('disk.usage'), ['/', '/data', '/net/x', '/usb']);
  assert.ok(seen.isLeftOut(/^mount \/data\/old \(ext4\): another mount lies above/));
  assert.ok(seen.isLeftOut(/^mount \/usb \(ext4\): another mount/));
});

test('virtual file systems are left out by name; tmpfs can be included, autofs never', async (t) => {
  const lines = [
    ROOT_LINE,
    '50 20 0:60 / /run rw - tmpfs tmpfs rw',
    '51 20 7:1 / /snap/x/1 ro - squashfs /dev/loop1 ro',
    '52 20 0:61 / /var/lib/docker/overlay2/a/merged rw - overlay overlay rw',
    '53 20 0:62 / /net/idle rw - autofs auto rw',
  ];
  // No directory for the trigger: asking it would show as a failed statfs.
  const root = treeOf(t, { lines, dirs: ['run', 'snap/x/1'] });
  const seen = await disksOf(root);
  assert.deepEqual(seen.labels('disk.usage'), ['/']);
  for (const type of ['tmpfs', 'squashfs', 'overlay', 'autofs']) {
    assert.ok(seen.isLeftOut(new RegExp(`^file systems of type ${type}`)), type);
  }
  const more = await disksOf(root, { fsTypes: { include: ['tmpfs', 'autofs'] } });
  assert.deepEqual(more.labels('disk.usage'), ['/', '/run']);
  assert.ok(!more.isLeftOut(/statfs/));
  const less = await disksOf(root, { mounts: { exclude: ['/*'] } });
  assert.deepEqual(less.labels('disk.usage'), []);
});

test('a mount whose directory is gone is named and harms no other', async (t) => {
  const root = treeOf(t, {
    lines: [ROOT_LINE, '60 20 8:17 / /gone rw - ext4 /dev/sdb1 rw', '61 20 0:9 / /away rw - nfs x:/y rw'],
  });
  const seen = await disksOf(root);
  assert.deepEqual(seen.labels('disk.usage'), ['/']);
  assert.ok(seen.hasFailed(/^mount \/gone: statfs failed: ENOENT/));
  assert.ok(seen.hasFailed(/^mount \/away: statfs failed: ENOENT/));
  assert.equal(seen.failed.length, 2);
});

test("below a prefix the host's own list stands as it is, and a container's list is read behind the prefix", async (t) => {
  const root = treeOf(t, {
    lines: [
      ROOT_LINE,
      '25 20 8:2 / /boot rw - ext4 /dev/sda2 rw',
      '26 20 8:17 / /home rw - xfs /dev/sdb1 rw',
    ],
    dirs: ['boot', 'home'],
  });
  const host = await root.read();
  assert.deepEqual((await host.take()).labels('disk.usage'), ['/', '/boot', '/home']);
  const dir = root.dir;
  root.write({
    'proc/1/mountinfo': [
      '300 1 0:70 / / rw - overlay overlay rw',
      `301 300 8:1 / ${dir} ro master:1 - ext4 /dev/sda1 rw`,
      `302 301 8:2 / ${dir}/boot ro - ext4 /dev/sda2 rw`,
      `303 301 8:17 / ${dir}/home ro - xfs /dev/sdb1 rw`,
      `304 300 8:1 /agent ${dir}-more rw - ext4 /dev/sda1 rw`,
      '305 300 8:1 /docker/hosts /etc/hosts rw - ext4 /dev/sda1 rw',
      '',
    ].join('\n'),
  });
  const seen = await host.take();
  assert.deepEqual(seen.labels('disk.usage'), ['/', '/boot', '/home']);
  const expected = statfsSync(dir);
  assert.equal(seen.labels('disk.free').length, 3);
  assert.ok(
    Math.abs(seen.value('disk.free', '/boot')! - expected.bavail * expected.bsize) <
      expected.blocks * expected.bsize,
  );
});

test('a container has its overlay root as a disk, and files bound into it are none', async (t) => {
  const root = createRootTree(t, {
    '.dockerenv': '',
    'etc/hosts': '127.0.0.1 localhost\n',
    'proc/1/mountinfo': [
      '300 1 0:70 / / rw - overlay overlay rw',
      '301 300 8:1 /docker/hosts /etc/hosts rw - ext4 /dev/sda1 rw',
      '302 300 8:1 /volumes/mail /var/spool/mail rw - ext4 /dev/sda1 rw',
      '',
    ].join('\n'),
  });
  mkdirSync(root.path('var/spool/mail'), { recursive: true });
  assert.deepEqual((await disksOf(root)).labels('disk.usage'), ['/', '/var/spool/mail']);
});

test('without mountinfo the older list serves, in which later lines lie above', async (t) => {
  const root = createRootTree(t, {
    'proc/mounts': [
      'rootfs / rootfs rw 0 0',
      '/dev/root / ext3 rw 0 0',
      'proc /proc proc rw 0 0',
      '/dev/sdb1 /srv/in ext3 rw 0 0',
      '/dev/sdb2 /srv ext3 rw 0 0',
      '/dev/sdb2 /srv2 ext3 rw 0 0',
      '',
    ].join('\n'),
  });
  root.remove('proc/1/mountinfo');
  for (const dir of ['srv/in', 'srv2']) mkdirSync(root.path(dir), { recursive: true });
  assert.deepEqual((await disksOf(root)).labels('disk.usage'), ['/', '/srv']);
});

test('odd lines of the list are counted, and an empty list fails by name', async (t) => {
  assert.equal(parseMountinfo('20 1 8:1 / / rw - ext4 x rw\n30 20 8:2 / /cut rw\n\nnonsense\n').odd, 2);
  const root = treeOf(t, { lines: [ROOT_LINE, '30 20 8:2 / /cut'] });
  const seen = await disksOf(root);
  assert.deepEqual(seen.labels('disk.usage'), ['/']);
  assert.ok(seen.isLeftOut(/^1 lines of the list of mounts/));
  root.write({ 'proc/1/mountinfo': '', 'proc/mounts': '' });
  assert.deepEqual(
    (await disksOf(root)).failed.map((one) => one.what),
    ['disk space'],
  );
});

test('names of other bytes than UTF-8 are visible, different and the same each time', async (t) => {
  const names = [[0xff], [0xfe], [0xb1, 0xb1], [0xe5, 0x8c, 0x97], [0xc0, 0xaf], [0xed, 0xa0, 0x80]];
  const paths = names.map((bytes) => Buffer.from([...Buffer.from('/mnt/x'), ...bytes]));
  paths.push(Buffer.from('/mnt/x\\xff'));
  const lines = paths.map((path, i) => {
    const escaped = path.toString('latin1').replaceAll('\\', '\\134');
    return Buffer.from(`${40 + i} 20 8:${40 + i} / ${escaped} rw - ext4 /dev/b${i} rw\n`, 'latin1');
  });
  const root = createRootTree(t, {
    'proc/1/mountinfo': Buffer.concat([Buffer.from(`${ROOT_LINE}\n`), ...lines]),
  });
  for (const path of paths) mkdirSync(Buffer.concat([Buffer.from(root.dir), path]), { recursive: true });
  const expected = [
    '/',
    '/mnt/x\\xb1\\xb1',
    '/mnt/x\\xc0\\xaf',
    '/mnt/x\\xed\\xa0\\x80',
    '/mnt/x\\xfe',
    '/mnt/x\\xff',
    '/mnt/x北',
  ];
  const labels = (await disksOf(root)).labels('disk.usage');
  assert.equal(labels.length, 8);
  assert.deepEqual(
    labels.filter((label) => !label.includes('…')),
    expected,
  );
  // Two names look alike; the one in plain text keeps it.
  assert.match(labels.find((label) => label.includes('…'))!, /^\/mnt\/x\\xff…[0-9a-f]{8}$/);
  assert.deepEqual((await disksOf(root)).labels('disk.usage'), labels);
});

test('the root is sampled always and once, whatever it is made of, unless it is an image', async (t) => {
  for (const type of ['overlay', 'tmpfs', 'ramfs', 'aufs', 'fuse.fuse-overlayfs', 'rootfs']) {
    const root = treeOf(t, { lines: [`20 1 0:30 / / rw - ${type} none rw`] });
    assert.deepEqual((await disksOf(root)).labels('disk.free'), ['/'], type);
  }
  const image = treeOf(t, {
    lines: ['20 1 7:0 / / ro - squashfs /dev/loop0 ro', '21 20 8:1 / /data rw - ext4 /dev/a rw'],
    dirs: ['data'],
  });
  assert.deepEqual((await disksOf(image)).labels('disk.free'), ['/data']);
  // Its upper layer is the disk on /overlay; other overlays are nobody's disk.
  const router = treeOf(t, {
    lines: [
      '20 1 0:30 / / rw - overlay overlayfs:/overlay rw,lowerdir=/,upperdir=/overlay/upper,workdir=/overlay/work',
      '21 20 31:6 / /overlay rw - jffs2 /dev/mtdblock6 rw',
      '22 20 0:31 / /var/lib/docker/x rw - overlay overlay rw,upperdir=/y',
    ],
    dirs: ['overlay', 'var/lib/docker/x'],
  });
  assert.deepEqual((await disksOf(router)).labels('disk.free'), ['/']);
  const subvolumes = treeOf(t, {
    lines: [
      '20 1 0:40 /@ / rw - btrfs /dev/sda rw',
      '21 20 0:40 / /btrfs rw - btrfs /dev/sda rw',
      '22 20 0:40 /@home /home rw - btrfs /dev/sda rw',
    ],
    dirs: ['btrfs', 'home'],
  });
  assert.deepEqual((await disksOf(subvolumes)).labels('disk.free'), ['/']);
});

test('images that are full by nature and second views of a drive are left out by name, and can be included', async (t) => {
  const types = ['udf', 'cramfs', 'romfs', 'iso9660', 'erofs', 'fuse.squashfuse'];
  const lines = [
    ROOT_LINE,
    ...types.map((type, i) => `${30 + i} 20 7:${i} / /img/${i} ro - ${type} /dev/loop${i} ro`),
    '50 20 0:50 / /usr/lib/wsl/drivers ro - 9p drivers ro,aname=drivers',
    '51 20 8:9 / /seed ro - ext4 /dev/sdc ro',
  ];
  const dirs = [...types.map((_, i) => `img/${i}`), 'usr/lib/wsl/drivers', 'seed'];
  const root = treeOf(t, { lines, dirs });
  const seen = await disksOf(root);
  assert.deepEqual(seen.labels('disk.usage'), ['/', '/seed']);
  for (const type of types) assert.ok(seen.isLeftOut(new RegExp(`^file systems of type ${type}`)), type);
  const included = { fsTypes: { include: ['udf'] }, mounts: { include: ['/usr/lib/wsl/drivers'] } };
  assert.deepEqual((await disksOf(root, included)).labels('disk.usage'), [
    '/',
    '/img/0',
    '/seed',
    '/usr/lib/wsl/drivers',
  ]);
});

test('a list of mounts that cannot be read for now leaves the last choice in force', async (t) => {
  const root = treeOf(t, { lines: [ROOT_LINE, '31 20 8:2 / /data rw - ext4 /dev/b rw'], dirs: ['data'] });
  const host = await root.read();
  await host.take();
  root.remove('proc/1/mountinfo');
  mkdirSync(root.path('proc/1/mountinfo'));
  const seen = await host.take();
  assert.deepEqual(seen.labels('disk.usage'), ['/', '/data']);
  assert.ok(seen.hasFailed(/^the list of mounts: the last one is used/));
});
