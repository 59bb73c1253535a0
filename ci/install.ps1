# Installs wxcheck from a release, and checks its checksum.
#
#   irm RELEASES/latest/download/install.ps1 | iex
#
# WXCHECK_VERSION is the latest unless given, WXCHECK_INSTALL the folder, WXCHECK_RELEASES another place, like that of a mirror.
$ErrorActionPreference = 'Stop'

# The release workflow puts the repository's address here.
$releases = if ($env:WXCHECK_RELEASES) { $env:WXCHECK_RELEASES } else { '@RELEASES@' }
$version = if ($env:WXCHECK_VERSION) { $env:WXCHECK_VERSION.TrimStart('v') } else { 'latest' }
$folder = if ($env:WXCHECK_INSTALL) { $env:WXCHECK_INSTALL } else { Join-Path $env:LOCALAPPDATA 'wxcheck\bin' }

if ($releases.StartsWith('@')) {
  throw 'this script is not from a release; name the place in WXCHECK_RELEASES'
}
$from = if ($version -eq 'latest') { "$releases/latest/download" } else { "$releases/download/v$version" }
# Windows on ARM runs programs for x86-64.
$target = 'x86_64-pc-windows-msvc'
$archive = "wxcheck-$target.zip"
$work = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
New-Item -ItemType Directory -Path $work | Out-Null
try {
  foreach ($file in 'SHA256SUMS', $archive) {
    Invoke-WebRequest -UseBasicParsing -Uri "$from/$file" -OutFile (Join-Path $work $file)
  }
  # One line a file: the checksum, two spaces, the name.
  $line = Get-Content (Join-Path $work 'SHA256SUMS') | Where-Object { ($_ -split '\s+')[1] -eq $archive }
  if (-not $line) { throw "SHA256SUMS has no $archive" }
  $expected = ($line -split '\s+')[0]
  $actual = (Get-FileHash -Algorithm SHA256 (Join-Path $work $archive)).Hash
  if ($actual -ne $expected) { throw "$archive has the checksum $actual, and SHA256SUMS says $expected; nothing was installed" }
  Expand-Archive -Path (Join-Path $work $archive) -DestinationPath $work
  New-Item -ItemType Directory -Force -Path $folder | Out-Null
  Copy-Item -Force (Join-Path $work "wxcheck-$target\wxcheck.exe") $folder
}
finally {
  Remove-Item -Recurse -Force $work
}
& (Join-Path $folder 'wxcheck.exe') --version
$path = [Environment]::GetEnvironmentVariable('Path', 'User')
if (($path -split ';') -notcontains $folder) {
  [Environment]::SetEnvironmentVariable('Path', "$path;$folder", 'User')
  Write-Host "note: $folder is on the PATH from the next terminal on"
}
