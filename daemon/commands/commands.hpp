#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "explain/query.hpp"

/// The commands of `vouchd`, each with its options and its exit status. Results go to stdout, remarks to
/// stderr.
namespace vouchd {

/// Runs in the foreground until SIGTERM or SIGINT; a second one ends it at once.
int serve(config const& values);

enum class format { text, json };
/// What answers a query: the running daemon, or an engine of the command's own with an empty cache.
enum class answered_by { daemon, standalone };

struct explain_options {
    vouchd::query query;
    std::string logged;  ///< the id or queue id of a message; then nothing is asked
    vouchd::answered_by whom = answered_by::daemon;
    vouchd::format format = format::text;
};
int explain(config const& values, explain_options const& options);

struct reply_options {
    std::string reply;  ///< "550 5.1.1 no such user"; " | " and line ends part its lines
    std::string at = "rcpt";
    std::string host;     ///< the server's name
    std::string address;  ///< that was asked about
    vouchd::format format = format::text;
};
/// Says what a reply would mean, and why. Nobody is asked.
int explain_reply(config const& values, reply_options const& options);

/// Has the running daemon forget what it knows of an address, or what keeps it away from a server.
int delete_from_cache(config const& values, std::string const& what);

/// Prints how late the daemon's loop is, and how full is what strangers can fill.
int status(config const& values, format how);

struct verify_options {
    std::string file = "-";
    std::size_t jobs = 16;
    vouchd::answered_by whom = answered_by::daemon;
    vouchd::format format = format::text;
    bool quiet = false;
};
int verify(config const& values, verify_options const& options);

struct ask_options {
    std::string url;  ///< of callout_open(); "-" is default_callout_server_url()
    std::string address;
    std::vector<std::string> parameters;  ///< NAME=VALUE
    vouchd::format format = format::text;
};
/// Returns whether the configuration says which server is asked, or how to make an engine that answers.
bool needs_configuration(ask_options const& options);
int ask(config const& values, ask_options const& options);

}  // namespace vouchd
