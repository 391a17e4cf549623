#include "world/command.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "host/exit_status.hpp"
#include "host/whole_file.hpp"
#include "world/check/check.hpp"
#include "world/control/control_server.hpp"
#include "world/language/listing.hpp"
#include "world/language/parser.hpp"
#include "world/live/announcement.hpp"
#include "world/live/live_world.hpp"
#include "world/live/verification.hpp"

namespace testmta::world {

namespace {

std::optional<description> read(options const& wanted) {
    std::string report;
    auto found = read_world(wanted.file, report);
    std::cerr << report;
    if (found && wanted.seed) found->seed = *wanted.seed;
    return found;
}

int check(description const& what, options const& wanted) {
    check_options chosen{wanted.only, std::nullopt};
    if (!wanted.clock.empty())
        chosen.clock = wanted.clock == "virtual" ? clock_kind::virtual_time : clock_kind::real;
    journal log;
    if (!wanted.log.empty()) log.open(wanted.log);
    auto const results = check(what, chosen, log);
    if (results.empty()) {
        std::cerr << "testmta world: " << wanted.file << " has no entry"
                  << (wanted.only.empty() ? "" : " whose number or name matches \"" + wanted.only + '"')
                  << '\n';
        return exit_status::usage;
    }
    print(std::cout, results);
    return std::ranges::all_of(results, &check_result::passed) ? exit_status::passed : exit_status::failed;
}

/// Removes the file at the end, so that its presence says that the world listens.
class ready_file {
public:
    ready_file() = default;
    ready_file(ready_file const&) = delete;
    ~ready_file() {
        std::error_code ignored;
        if (!file_.empty()) std::filesystem::remove(file_, ignored);
    }
    void write(std::string const& file, std::string const& content) {
        write_atomically(file, content);
        file_ = file;
    }

private:
    std::string file_;
};

/// Serves a world until SIGINT or SIGTERM.
class service {
public:
    service(description const& what, options const& wanted)
        : wanted_(wanted), world_(io_.get_executor(), what, {wanted.port, wanted.dns_port}, shared_) {
        if (!wanted.log.empty()) log_.open(wanted.log);
        if (!wanted.save_mail.empty()) mail_.save_in(wanted.save_mail);
        if (!wanted.ca_file.empty()) write_atomically(wanted.ca_file, authority_.pem());
        write_config();
        if (!wanted.control.empty()) begin_control();
    }

    int run() {
        world_.serve();
        if (control_) control_->serve();
        boost::asio::signal_set signals(io_, SIGINT, SIGTERM);
        signals.async_wait([this](boost::system::error_code, int) { stop(); });
        announce();
        io_.run();
        return end();
    }

private:
    void begin_control() {
        log_.watch([this](journal::event const& what) { conversations_.add(what); });
        control_.emplace(io_.get_executor(), wanted_.control, api_, conversations_, [this] { stop(); });
        around_.control = control_->url();
    }

    void write_config() {
        if (wanted_.write_config.empty()) return;
        auto const file = std::filesystem::absolute(wanted_.write_config);
        write_atomically(file, vouchd_config(world_.what(), world_.where(), file.parent_path()));
        around_.config = file.string();
    }

    void announce() {
        auto const line = json_announcement(world_, around_);
        if (!wanted_.ready_file.empty()) ready_.write(wanted_.ready_file, line);
        if (wanted_.json)
            std::cout << line << std::flush;
        else
            world::announce(std::cout, world_, around_);
    }

    /// Ends the loop; what was sent to peers before is still read.
    void stop() {
        if (!wanted_.verify) return io_.stop();
        boost::asio::co_spawn(io_, settle(world_), [this](std::exception_ptr const&) { io_.stop(); });
    }

    int end() const {
        auto const results = wanted_.verify ? verify(world_) : verification();
        if (wanted_.verify) wanted_.json ? print_json(std::cout, results) : print(std::cout, results);
        for (auto const& problem : {log_.problem(), mail_.problem()})
            if (!problem.empty()) std::cerr << "testmta world: " << problem << '\n';
        auto const is_complete = log_.problem().empty() && mail_.problem().empty();
        if (!is_complete) return exit_status::usage;
        auto const is_verified = std::ranges::all_of(results, &verified::passed);
        return is_verified ? exit_status::passed : exit_status::failed;
    }

    options const& wanted_;
    journal log_;
    mailbag mail_;
    certificate_authority authority_;
    bouncer bounces_{log_};
    peer_context shared_{log_, mail_, authority_, &bounces_};
    surroundings around_;
    ready_file ready_;
    conversation_log conversations_;
    boost::asio::io_context io_{1};  // destroyed before what its coroutines borrow
    live_world world_;
    control_api api_{world_, conversations_, mail_};
    std::optional<control_server> control_;
};

}  // namespace

int run(options const& wanted) {
    auto const what = read(wanted);
    if (!what) return exit_status::usage;
    if (wanted.only_list) {
        list(std::cout, *what);
        return exit_status::passed;
    }
    try {
        if (wanted.only_check) return check(*what, wanted);
        if (wanted.verify && !has_something_to_verify(*what)) {
            std::cerr << "testmta world: " << wanted.file
                      << " has nothing to verify; write in an entry what a peer sees, such as \"peer NAME "
                         "connections 1\"\n";
            return exit_status::usage;
        }
        return service(*what, wanted).run();
    } catch (std::runtime_error const& problem) {
        std::cerr << "testmta world: " << problem.what() << '\n';
        return exit_status::usage;
    }
}

}  // namespace testmta::world
