#include "milterproto/handler.hpp"
