#include "world/check/vouchd_config.hpp"

namespace testmta::world {

namespace {

/// Returns the text as a basic string of TOML.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (auto const octet : text) {
        if (octet == '"' || octet == '\\') out += '\\';
        out += octet;
    }
    return out + '"';
}

std::string peer_addresses(description const& what) {
    std::string list;
    for (auto const& host : what.peers) {
        for (auto const& address : host.addresses) {
            list.append(list.empty() ? "" : ", ").append(toml_string(address.to_string()));
        }
    }
    return '[' + list + ']';
}

}  // namespace

std::string vouchd_config(description const& what, ports where, std::filesystem::path const& folder) {
    auto const in_folder = [&](std::string_view prefix, char const* name) {
        return toml_string(std::string(prefix) + (folder / name).string());
    };
    std::string out = "# Written by testmta world, for the world that it serves until it ends.\n";
    out += "config_version = 1\n";
    out += "\n[server]\nmode = \"enforce\"\nhostname = \"vouch.example.test\"\n";
    out += "state_dir = " + toml_string(folder.string()) + "\n";
    out += "\n[milter]\nlisten = [" + in_folder("unix:", "milter.sock") + "]\n";
    out += "socket_mode = \"0666\"\n";  // the mail server that tries it runs under an account of its own
    out += "\n[callout]\n";
    if (where.smtp != 0) out += "port = " + std::to_string(where.smtp) + "\n";
    // A world may be asked as often as anybody likes.
    for (auto const* const rate : {"client_rate", "domain_rate", "organisation_rate", "address_rate"}) {
        out += std::string(rate) + " = \"1000000/1m\"\n";
    }
    out += "\n[destinations]\nallow = " + peer_addresses(what) + "\n";
    out += "\n[dns]\nservers = [" + toml_string("127.0.0.1:" + std::to_string(where.dns)) + "]\n";
    out += "\n[cache]\nbackend = \"sqlite\"\n";
    out += "\n[lists]\nown_networks = []\n";
    out += "\n[log]\ntarget = \"file\"\nfile = " + in_folder("", "vouchd.log") + "\n";
    out += "\n[control]\nlisten = " + in_folder("unix:", "control.sock") + "\n";
    return out;
}

}  // namespace testmta::world
