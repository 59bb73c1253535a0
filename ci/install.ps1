# Installs wxcheck from a release, and checks its checksum.
#
#   irm RELEASES/latest/download/install.ps1 | iex
#
# WXCHECK_VERSION is the latest unless given, WXCHECK_INSTALL the folder, WXCHECK_RELEASES another place, like that of a mirror.

# A block of its own: what it sets is not left behind in the session that runs it.
& {
  $ErrorActionPreference = 'Stop'
  # Windows PowerShell draws its progress bar for each block, which takes longer than the download.
  $ProgressPreference = 'SilentlyContinue'

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
    $line = Get-Content -LiteralPath (Join-Path $work 'SHA256SUMS') | Where-Object { ($_ -split '\s+')[1] -eq $archive }
    if (-not $line) { throw "SHA256SUMS has no $archive" }
    $expected = ($line -split '\s+')[0]
    $actual = (Get-FileHash -Algorithm SHA256 -LiteralPath (Join-Path $work $archive)).Hash
    if ($actual -ne $expected) { throw "$archive has the checksum $actual, and SHA256SUMS says $expected; nothing was installed" }
    Expand-Archive -LiteralPath (Join-Path $work $archive) -DestinationPath $work
    New-Item -ItemType Directory -Force -Path $folder | Out-Null
    Copy-Item -Force -LiteralPath (Join-Path $work "wxcheck-$target\wxcheck.exe") -Destination $folder
  }
  finally {
    Remove-Item -Recurse -Force -LiteralPath $work
  }
  & (Join-Path $folder 'wxcheck.exe') --version
  if ($LASTEXITCODE -ne 0) { throw "$folder\wxcheck.exe does not run on this machine" }

  # As the registry holds it: other entries may stand there with variables, which must not be written back as their values.
  $key = Get-Item -Path 'HKCU:\Environment'
  $path = $key.GetValue('Path', '', 'DoNotExpandEnvironmentNames')
  if (($path -split ';') -notcontains $folder) {
    $joined = if ($path) { "$($path.TrimEnd(';'));$folder" } else { $folder }
    Set-ItemProperty -LiteralPath $key.PSPath -Name 'Path' -Value $joined -Type ExpandString
    # Programs that run are told of a variable that is set or removed, and so of the registry's change.
    [Environment]::SetEnvironmentVariable('WXCHECK_INSTALLED', [NullString]::Value, 'User')
    Write-Host "note: $folder is on the PATH from the next terminal on"
  }
}
