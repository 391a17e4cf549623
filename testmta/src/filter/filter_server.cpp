#include "filter/filter_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>

#include "filter/filter_player.hpp"
#include "host/whole_file.hpp"
#include "run/listening.hpp"

namespace testmta::filter {

namespace asio = boost::asio;

namespace {

/// More are refused, so that an MTA that has gone mad takes no more than its share of memory.
constexpr std::size_t most_connections = 1000;

class filter_server : public milterproto::listener_owner {
public:
    filter_server(std::vector<run::script> const& scripts, server_plan const& plan,
                  std::vector<run::report*> const& reports)
        : plan_(plan), reports_(reports), signals_(io_, SIGINT, SIGTERM) {
        for (auto const& one : scripts) {
            for (auto const& what : one.tests) tests_.push_back({one.files.get(), &what, 0});
        }
    }
    filter_server(filter_server const&) = delete;
    ~filter_server() {
        std::error_code ignored;
        if (!plan_.ready_file.empty()) std::filesystem::remove(plan_.ready_file, ignored);
    }

    served serve() {
        listener_ = run::listen_at(io_.get_executor(), plan_.where, plan_.socket_mode);
        signals_.async_wait([this](boost::system::error_code cancelled, int) {
            if (cancelled) return;
            result_.was_interrupted = true;
            io_.stop();
        });
        listener_->start(*this);
        if (!plan_.ready_file.empty())
            write_atomically(plan_.ready_file, std::string(listener_->name()) + '\n');
        std::cout << "# listening at " << listener_->name() << std::endl;
        io_.run();
        if (thrown_) std::rethrow_exception(thrown_);
        return result_;
    }

    void on_newcomer(std::string_view, milterproto::newcomer peer) override {
        if (running_ == most_connections) return;
        auto which = tests_[begun_ % tests_.size()];
        which.number = ++begun_;
        ++running_;
        if (plan_.once && begun_ == tests_.size()) listener_->close();
        asio::co_spawn(io_, play(which, std::move(peer)), [this](std::exception_ptr thrown) {
            if (thrown) thrown_ = thrown;
            auto const is_last = --running_ == 0 && plan_.once && begun_ == tests_.size();
            if (thrown) io_.stop();
            if (is_last) signals_.cancel();
        });
    }

private:
    asio::awaitable<void> play(run::scripted_test which, milterproto::newcomer peer) {
        auto const begun = std::chrono::steady_clock::now();
        filter_player one(io_.get_executor(), *which.what);
        co_await one.play(std::move(peer));
        run::outcome how;
        how.took =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
        how.verdict = one.result.failed  ? run::verdict::failed
                      : one.result.unmet ? run::verdict::skipped
                                         : run::verdict::passed;
        how.reason = one.result.unmet.value_or("");
        how.sessions.push_back(std::move(one.result));
        report(which, how);
    }

    void report(run::scripted_test const& which, run::outcome const& how) {
        run::tell(reports_, which, how, plan_.hidden_macros);
        auto& count = how.verdict == run::verdict::failed    ? result_.failed
                      : how.verdict == run::verdict::skipped ? result_.skipped
                                                             : result_.passed;
        ++count;
    }

    server_plan const& plan_;
    std::vector<run::report*> const& reports_;
    asio::io_context io_{1};
    asio::signal_set signals_;
    std::unique_ptr<milterproto::listener> listener_;
    std::vector<run::scripted_test> tests_;
    std::size_t begun_ = 0;
    std::size_t running_ = 0;
    std::exception_ptr thrown_;
    served result_;
};

}  // namespace

served serve(std::vector<run::script> const& scripts, server_plan const& plan,
             std::vector<run::report*> const& reports) {
    return filter_server(scripts, plan, reports).serve();
}

}  // namespace testmta::filter
