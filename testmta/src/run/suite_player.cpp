#include "run/suite_player.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <optional>
#include <stdexcept>

#include "run/fuzz_record.hpp"
#include "run/test_player.hpp"
#include "run/usage.hpp"

namespace testmta::run {

namespace asio = boost::asio;

namespace {

class suite_player {
public:
    suite_player(std::vector<script> const& scripts, suite_plan const& plan,
                 std::vector<report*> const& reports, filter_process* started)
        : plan_(plan), reports_(reports), started_(started), signals_(io_, SIGINT, SIGTERM) {
        for (auto const& one : scripts) {
            for (auto const& what : one.tests) queue_.push_back({one.files.get(), &what, queue_.size() + 1});
        }
        outcomes_.resize(queue_.size());
    }

    suite_result play() {
        signals_.async_wait([this](boost::system::error_code cancelled, int) {
            if (cancelled) return;
            result_.was_interrupted = true;
            io_.stop();
        });
        running_ = std::min(plan_.jobs, queue_.size());
        if (running_ == 0) signals_.cancel();
        for (std::size_t i = 0, workers = running_; i != workers; ++i) {
            asio::co_spawn(io_, work(), [this](std::exception_ptr thrown) {
                if (thrown) thrown_ = thrown;
                if (--running_ == 0) signals_.cancel();
            });
        }
        io_.run();
        if (thrown_) std::rethrow_exception(thrown_);
        if (result_.was_interrupted) {
            report_rest();
            for (auto* one : reports_) one->bail_out("interrupted");
        }
        return result_;
    }

private:
    asio::awaitable<void> work() {
        while (next_ != queue_.size() && !is_over_) {
            auto const which = next_++;
            auto how = co_await play(*queue_[which].what);
            outcomes_[which] = std::move(how);
            report_finished();
        }
    }

    asio::awaitable<outcome> play(test const& what) {
        for (std::size_t attempt = 1;; ++attempt) {
            auto const begun = std::chrono::steady_clock::now();
            test_player one(io_.get_executor(), what, filter_of(what));
            co_await one.play();
            auto how = one.result();
            how.took = std::chrono::duration_cast<std::chrono::microseconds>(
                std::chrono::steady_clock::now() - begun);
            if (how.verdict == verdict::passed && attempt > 1)
                how.reason = "passed at attempt " + std::to_string(attempt);
            if (how.verdict != verdict::failed || attempt > plan_.retries) co_return how;
        }
    }

    /// Reports tests in their order; one that ended early waits for those before it.
    void report_finished() {
        while (!is_over_ && reported_ != queue_.size() && outcomes_[reported_]) report_one(reported_++);
    }

    /// After an interruption there are gaps.
    void report_rest() {
        for (; reported_ < queue_.size() && !is_over_; ++reported_) {
            if (outcomes_[reported_]) report_one(reported_);
        }
    }

    void report_one(std::size_t which) {
        auto const how = std::move(*outcomes_[which]);
        if (how.verdict == verdict::no_filter) {
            result_.has_no_filter = true;
            auto const died = started_ != nullptr && started_->has_ended();
            return stop(died ? "the filter ended by itself: " + started_->describe_end() : how.reason);
        }
        result_.covered.merge(how.covered);
        tell(reports_, queue_[which], how, plan_.hidden_macros);
        if (!plan_.fuzzed_folder.empty()) save_fuzzed(plan_.fuzzed_folder, queue_[which].what->name, how);
        auto& count = how.verdict == verdict::failed    ? result_.failed
                      : how.verdict == verdict::skipped ? result_.skipped
                                                        : result_.passed;
        ++count;
        if (how.verdict == verdict::failed && plan_.ends_at_failure)
            stop("a test failed, and --fail-fast ends the run");
    }

    void stop(std::string const& why) {
        is_over_ = true;
        for (auto* one : reports_) one->bail_out(why);
        io_.stop();
    }

    suite_plan const& plan_;
    std::vector<report*> const& reports_;
    filter_process* started_;
    asio::io_context io_{1};
    asio::signal_set signals_;
    std::vector<scripted_test> queue_;
    std::vector<std::optional<outcome>> outcomes_;
    std::size_t next_ = 0;
    std::size_t reported_ = 0;
    std::size_t running_ = 0;
    bool is_over_ = false;
    std::exception_ptr thrown_;
    suite_result result_;
};

}  // namespace

suite_result play_all(std::vector<script> const& scripts, suite_plan const& plan,
                      std::vector<report*> const& reports, filter_process* started) {
    return suite_player(scripts, plan, reports, started).play();
}

milterproto::socket_spec filter_of(test const& what) {
    if (what.milter.empty())
        throw std::runtime_error("no filter to test; expected --milter SPEC, or \"milter\" in the script");
    return read_address("--milter", what.milter);
}

}  // namespace testmta::run
