# Sourced: finds or installs the Chromium that shows pages; $chromium stays empty where there is none.
install_chromium() {
    chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
    if [[ -z $chromium && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
        chromium=$(command -v chromium || true)
    fi
}
