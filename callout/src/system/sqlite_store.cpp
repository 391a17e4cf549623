#include <algorithm>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <new>
#include <set>

#include "callout/system.hpp"
#include "system/sqlite_reader.hpp"
#include "system/sqlite_writer.hpp"
#include "system/store_jobs.hpp"
#include "system/stored_keys.hpp"
#include "system/worker.hpp"
#include "system/write_queue.hpp"

namespace callout {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

using records = sqlite_reader::records;

/// How many questions may wait to be looked up; more than that are not answered by the disk in time.
constexpr std::size_t most_lookups = 10'000;
/// A read that takes longer is stuck, and nobody else is to wait behind it.
constexpr std::chrono::milliseconds longest_read{50};
/// The keys that are read at once for somebody who may wait: those who may not are let in between.
constexpr std::size_t keys_at_once = 500;
/// Keys are UTF-8, which has no such octet.
constexpr auto const* after_all_keys = "\xff";
/// A disk that breaks each file shall not be filled with broken files.
constexpr std::chrono::minutes between_replacements{1};

/// Returns the least text that is greater than every text that begins so. A beginning is ASCII, and not
/// empty.
std::string first_after(std::string_view beginning) {
    std::string after(beginning);
    ++after.back();
    return after;
}

/// Does something in a thread. A process that is out of memory loses that, and not itself.
template <class Step>
sqlite_outcome attempt(Step step) noexcept {
    try {
        return step();
    } catch (...) {
        return sqlite_outcome(make_error_code(boost::system::errc::not_enough_memory));
    }
}

/// The loop's side: it gives jobs to two threads, one that reads and one that writes, so that neither a disk
/// that writes nor one that reads stops the loop. In WAL mode reads wait for no write. Everything but the
/// reader and the writer is the loop's.
class sqlite_store final : public store {
public:
    sqlite_store(asio::any_io_executor const& executor, fs::path const& file, sqlite_writer writer,
                 std::chrono::milliseconds flush_interval, store_news news)
        : executor_(executor),
          reader_(file),
          writer_(std::move(writer)),
          timer_(executor),
          interval_(flush_interval),
          news_(std::move(news)) {
        keys_.note_entries(writer_.entries());
        read_keys();
    }
    ~sqlite_store() override { write_the_rest(); }

    bool may_have(std::string_view key) const override { return keys_.may_have(key); }

    asio::awaitable<records> fetch(std::vector<std::string> keys, steady_time until) override {
        auto const mine = std::make_shared<lookup>(executor_, std::move(keys), until);
        if (!is_all_queued(mine->keys)) {
            if (!takes_lookups()) co_return records();
            lookups_.push_back(mine);
            read_soon();
            co_await mine->asker.wait();
            if (!mine->is_answered) co_return records();
        }
        mine->found.resize(mine->keys.size());
        add_queued(*mine);
        co_return std::move(mine->found);
    }

    void put(std::string_view key, stored_record const& record) override { enqueue(key, record); }
    void erase(std::string_view key) override { enqueue(key, std::nullopt); }

    asio::awaitable<std::vector<std::string>> keys(std::string beginning) override {
        std::set<std::string> found;
        auto const end = first_after(beginning);
        add_queued(beginning, end, found);  // it may be in the file only after that was read
        auto const part = std::make_shared<listing>();
        for (part->which = key_range{beginning, end, keys_at_once};; part->which.from += '\0') {
            part->found.clear();
            co_await list(part);
            if (part->outcome.failed() || part->found.empty()) break;
            part->which.from = part->found.back();
            bool const is_last = part->found.size() < keys_at_once;
            found.insert(part->found.begin(), part->found.end());
            if (is_last) break;
        }
        add_queued(beginning, end, found);
        co_return std::vector<std::string>(found.begin(), found.end());
    }

    asio::awaitable<result<void>> flush() override {
        while (has_work()) {
            write_next();
            auto const mine = std::make_shared<waiter>(executor_, steady_time::max());
            writes_awaited_.push_back(mine);
            co_await mine->wait();
            if (failed_) co_return failed_;
        }
        co_return result<void>();
    }

    void tell(ledger& to) const override {
        to.emplace_back("store_writes", queue_.size(), write_queue::most_entries);
        to.emplace_back("store_write_bytes", queue_.bytes(), write_queue::most_bytes);
        to.emplace_back("store_lookups", lookups_.size(), most_lookups);
    }

private:
    // ------------------------------------------------------------------ what is queued

    /// Returns what is to be written of a key, or is being written; null if nothing is.
    write_queue::value const* queued(std::string_view key) const {
        if (auto const* found = queue_.find(key)) return found;
        if (!in_hand_) return nullptr;
        auto const at =
            std::ranges::lower_bound(*in_hand_, key, std::less(), &write_queue::batch::value_type::first);
        return at == in_hand_->end() || at->first != key ? nullptr : &at->second;
    }
    bool is_all_queued(std::vector<std::string> const& keys) const {
        return std::ranges::all_of(keys, [this](auto const& key) { return queued(key) != nullptr; });
    }
    void add_queued(lookup& one) const {
        for (std::size_t i = 0; i < one.keys.size(); ++i) {
            if (auto const* what = queued(one.keys[i])) one.found[i] = *what;
        }
    }
    void add_queued(std::string_view from, std::string_view to, std::set<std::string>& found) const {
        auto const add = [&](std::string const& key, write_queue::value const& what) {
            if (what)
                found.insert(key);
            else
                found.erase(key);
        };
        if (in_hand_) {
            for (auto const& [key, what] : *in_hand_)
                if (key >= from && key < to) add(key, what);
        }
        queue_.each(from, to, add);
    }

    void enqueue(std::string_view key, write_queue::value what) {
        if (what) keys_.add(key);
        queue_.put(key, std::move(what));
        if (queue_.size() > write_queue::most_entries / 2 && !is_down_) write_next();
        schedule();
    }

    // ------------------------------------------------------------------ reading

    bool takes_lookups() const {
        bool const is_stuck = is_reading_ && std::chrono::steady_clock::now() - reading_since_ > longest_read;
        return !is_stuck && !is_replacing_ && lookups_.size() < most_lookups;
    }

    /// Lets the others of this turn of the loop come too.
    void read_soon() {
        if (is_reading_ || std::exchange(is_read_due_, true)) return;
        asio::post(executor_, [this, alive = std::weak_ptr<void>(alive_)] {
            if (alive.expired()) return;
            is_read_due_ = false;
            read_next();
        });
    }

    /// Takes all who wait at once: they cost one hop to the thread, and one transaction.
    void read_next() {
        if (is_reading_ || is_replacing_ || lookups_.empty()) return;
        is_reading_ = true;
        reading_since_ = std::chrono::steady_clock::now();
        looked_up_.swap(lookups_);
        auto const what = std::make_shared<reading>();
        for (auto const& one : looked_up_)
            what->keys.insert(what->keys.end(), one->keys.begin(), one->keys.end());
        reading_thread_.give(job(
            [this, what] { what->outcome = attempt([&] { return reader_.read(what->keys, what->found); }); },
            [this, what] { finish_reading(*what); }));
    }

    void finish_reading(reading& what) {
        is_reading_ = false;
        auto next = what.found.begin();
        for (auto const& one : std::exchange(looked_up_, {})) {
            auto const count = static_cast<std::ptrdiff_t>(one->keys.size());
            one->is_answered = !what.outcome.failed();
            if (one->is_answered) {
                one->found.assign(std::move_iterator(next), std::move_iterator(next + count));
                next += count;
            }
            one->asker.release();
        }
        if (what.outcome.is_broken) note_broken();
        go_on();
    }

    /// While the file is replaced, the reading thread must not open the one that goes.
    asio::awaitable<void> list(std::shared_ptr<listing> part) {
        if (is_replacing_) co_return;
        auto const mine = std::make_shared<waiter>(executor_, steady_time::max());
        reading_thread_.give(job(
            [this, part] { part->outcome = attempt([&] { return reader_.read(part->which, part->found); }); },
            [this, part, mine] {
                if (part->outcome.is_broken) note_broken();
                mine->release();
                go_on();
            }));
        co_await mine->wait();
    }

    // ------------------------------------------------------------------ the keys of the file

    void read_keys() {
        if (!keys_.wants_reading(std::chrono::steady_clock::now()) || is_replacing_ || wants_replacement_)
            return;
        keys_.begin();
        if (in_hand_) {
            for (auto const& [key, what] : *in_hand_) keys_.add(key);
        }
        queue_.each([this](auto const& key, auto const&) { keys_.add(key); });
        read_next_keys();
    }

    void read_next_keys() {
        auto const part = std::make_shared<listing>();
        part->which = key_range{keys_.from(), after_all_keys, keys_at_once};
        reading_thread_.give(job(
            [this, part] { part->outcome = attempt([&] { return reader_.read(part->which, part->found); }); },
            [this, part] { take_keys(*part); }));
    }

    /// The file may have been given up meanwhile.
    void take_keys(listing const& part) {
        if (part.outcome.is_broken) note_broken();
        if (part.outcome.failed()) keys_.give_up();
        if (keys_.is_reading()) {
            keys_.take(part.found, part.found.size() < keys_at_once);
            if (keys_.is_reading()) read_next_keys();
        }
        go_on();
    }

    // ------------------------------------------------------------------ writing

    bool has_work() const { return queue_.size() != 0 || in_hand_; }

    void schedule() {
        if (std::exchange(is_scheduled_, true)) return;
        timer_.expires_after(interval_);
        timer_.async_wait([this, alive = std::weak_ptr<void>(alive_)](boost::system::error_code cancelled) {
            if (cancelled || alive.expired()) return;
            is_scheduled_ = false;
            due_ = queue_.size();
            if (due_ != 0) write_next();
        });
    }

    void write_next() {
        if (in_hand_ || is_replacing_) return;
        auto taken = queue_.take(sqlite_writer::most_rows);
        due_ -= std::min(due_, taken.size());
        in_hand_ = std::make_shared<write_queue::batch const>(std::move(taken));
        auto const what = std::make_shared<sqlite_outcome>();
        writing_thread_.give(
            job([this, all = in_hand_, what] { *what = attempt([&] { return writer_.write(*all); }); },
                [this, what] { finish_writing(*what); }));
    }

    void finish_writing(sqlite_outcome const& what) {
        auto const batch = std::exchange(in_hand_, nullptr);
        if (what.failed())
            give_back(*batch, what);
        else
            tell_written();
        if (!wants_replacement_) {
            for (auto const& one : std::exchange(writes_awaited_, {})) one->release();
        }
        keys_.note_entries(writer_.entries());
        if (writer_.take_seen_another()) keys_.note_shared(std::chrono::steady_clock::now());
        if (!what.failed()) read_keys();
        bool const has_more = (due_ != 0 && queue_.size() != 0) || writer_.is_behind();
        go_on();
        if (!what.failed() && has_more) write_next();
        if (queue_.size() != 0) schedule();
    }

    void give_back(write_queue::batch const& unwritten, sqlite_outcome const& what) {
        queue_.give_back(unwritten);
        due_ = 0;
        failed_ = what.error;
        if (what.is_broken) note_broken();
        if (!wants_replacement_) tell_down(what.error);
    }
    void tell_written() {
        failed_.clear();
        tell_up();
        auto const dropped = queue_.take_dropped();
        if (dropped != 0 && news_.dropped) news_.dropped(dropped);
    }
    void tell_down(boost::system::error_code why) {
        if (!std::exchange(is_down_, true) && news_.down) news_.down(why);
    }
    void tell_up() {
        if (std::exchange(is_down_, false) && news_.up) news_.up();
    }

    // ------------------------------------------------------------------ a broken file

    void note_broken() {
        auto const now = std::chrono::steady_clock::now();
        if (replaced_ && now - *replaced_ < between_replacements) return;
        wants_replacement_ = true;
    }

    /// What waits for a thread to be free.
    void go_on() {
        bool const is_free = !is_reading_ && !in_hand_ && !is_replacing_;
        if (wants_replacement_ && is_free) replace();
        read_next();
    }

    /// The reader lets go of the file first. What was in the file is lost; what is queued goes into the new
    /// one.
    void replace() {
        wants_replacement_ = false;
        is_replacing_ = true;
        keys_.give_up();
        replaced_ = std::chrono::steady_clock::now();
        reading_thread_.give(job([this] { reader_.close(); }, [this] { replace_file(); }));
    }

    void replace_file() {
        auto const aside = std::make_shared<result<fs::path>>(errc::store_unavailable);
        writing_thread_.give(job(
            [this, aside] {
                auto const done = attempt([&] {
                    *aside = writer_.replace_file();
                    return sqlite_outcome();
                });
                if (done.failed()) *aside = done.error;
            },
            [this, aside] { finish_replacing(*aside); }));
    }

    void begin_anew(fs::path const& aside) {
        keys_.note_new_file();
        read_keys();
        if (news_.recovered) news_.recovered(aside);
    }

    void finish_replacing(result<fs::path> const& aside) {
        is_replacing_ = false;
        if (!aside)
            tell_down(aside.error());
        else
            begin_anew(*aside);
        go_on();
        write_next();  // who waits for that is released at its end
    }

    // ------------------------------------------------------------------ threads

    /// Returns what a thread does, and what the loop does after it. The loop goes on until then.
    template <class Work, class Finish>
    std::function<void()> job(Work work, Finish finish) {
        auto const loop = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
        return [loop, work = std::move(work), finish = std::move(finish),
                alive = std::weak_ptr<void>(alive_)]() mutable {
            work();
            try {
                asio::post(loop, [finish = std::move(finish), alive] {
                    if (!alive.expired()) finish();
                });
            } catch (std::bad_alloc const&) {
                return;  // as if the disk were stuck: mail goes on without it
            }
        };
    }

    /// A batch whose end the loop has not heard of is written again, which changes nothing.
    void write_the_rest() {
        alive_.reset();
        reading_thread_.finish();
        writing_thread_.finish();
        if (in_hand_) queue_.give_back(*in_hand_);
        while (queue_.size() != 0 && !writer_.write(queue_.take(sqlite_writer::most_rows)).failed()) {
        }
    }

    asio::any_io_executor executor_;
    sqlite_reader reader_;  ///< the reading thread's
    sqlite_writer writer_;  ///< the writing thread's, while `in_hand_` or `is_replacing_`

    std::vector<std::shared_ptr<lookup>> lookups_, looked_up_;  ///< that wait, and that are under way
    bool is_reading_ = false;
    bool is_read_due_ = false;
    steady_time reading_since_;

    write_queue queue_;
    std::shared_ptr<write_queue::batch const> in_hand_;  ///< what is being written
    asio::steady_timer timer_;
    std::chrono::milliseconds interval_;
    bool is_scheduled_ = false;
    std::size_t due_ = 0;  ///< how many are still to be written, as an interval is over
    boost::system::error_code failed_;
    std::vector<std::shared_ptr<waiter>> writes_awaited_;

    stored_keys keys_;
    store_news news_;
    bool is_down_ = false;

    bool wants_replacement_ = false;
    bool is_replacing_ = false;
    std::optional<steady_time> replaced_;

    std::shared_ptr<void> alive_ =
        std::make_shared<bool>();  ///< a handler that is already queued cannot be cancelled
    worker reading_thread_, writing_thread_;
};

}  // namespace

result<std::unique_ptr<store>> make_sqlite_store(asio::any_io_executor executor, fs::path file,
                                                 std::chrono::milliseconds flush_interval,
                                                 std::size_t max_entries, store_news news) {
    sqlite_writer writer(file, max_entries);
    auto opened = writer.open();
    if (opened.is_broken) {
        auto const aside = writer.replace_file();
        if (!aside) return aside.error();
        if (news.recovered) news.recovered(*aside);
    } else if (opened.failed()) {
        return opened.error;
    }
    return std::make_unique<sqlite_store>(executor, file, std::move(writer), flush_interval, std::move(news));
}

}  // namespace callout
