# Sets and exports JAVA_HOME: a JDK of at least version 25. Sourced by mvnw and pgmend; POSIX sh.
# Looks at JAVA_HOME, the usual places and the PATH, in this order; complains if there is none.

pgmend_is_jdk() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS='="' read -r pgmend_key _ pgmend_version _; do
    [ "$pgmend_key" = JAVA_VERSION ] || continue
    pgmend_version=${pgmend_version%%[!0-9]*} # 25.0.3 and 26-ea alike
    [ "${pgmend_version:-0}" -ge 25 ]
    return
  done <"$1/release"
  return 1
}

pgmend_find_jdk() {
  if [ -n "${JAVA_HOME-}" ] && pgmend_is_jdk "$JAVA_HOME"; then
    return 0
  fi
  for pgmend_home in \
    /usr/lib/jvm/* \
    "${HOME-}"/.sdkman/candidates/java/* \
    "${HOME-}"/.local/share/mise/installs/java/* \
    "${HOME-}"/.asdf/installs/java/* \
    "${HOME-}"/.jdks/* \
    "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /opt/java/* /opt/jdk*; do
    if pgmend_is_jdk "$pgmend_home"; then
      JAVA_HOME=$pgmend_home
      return 0
    fi
  done
  pgmend_java=$(command -v java) || return 1
  pgmend_java=$(readlink -f "$pgmend_java") || return 1
  JAVA_HOME=${pgmend_java%/bin/java}
  pgmend_is_jdk "$JAVA_HOME"
}

if pgmend_find_jdk; then
  export JAVA_HOME
else
  echo 'pgmend needs a JDK of version 25 or newer (https://adoptium.net), and found none.' >&2
  echo 'HINT: install one, or point JAVA_HOME at it.' >&2
  return 1
fi
