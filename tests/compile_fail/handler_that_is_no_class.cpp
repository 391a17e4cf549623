// says: milterproto: a handler is a class
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    void on_close(connection&) {}
};

author here;
#ifdef WITH_FAULT
auto made = make_filter(&here);
#else
auto made = make_filter(here);
#endif
