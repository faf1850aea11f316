// Nest 12: one module in `imports`.
import { type ArgumentsHost, Body, Catch, Controller, type ExceptionFilter, Get, Module, Post } from "@nestjs/common";
import { APP_FILTER } from "@nestjs/core";
import { DbSessionModule } from "athanor/nest";
import { answerTo, listAccounts, openAccount, transfer } from "../bank/index.ts";

@Controller()
class BankController {
  @Get("accounts")
  list() {
    return listAccounts();
  }

  @Post("accounts")
  open(@Body() form: unknown) {
    return openAccount(form);
  }

  @Post("transfers")
  transfer(@Body() form: unknown) {
    return transfer(form);
  }
}

@Catch()
class AnswerErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost) {
    const { status, body } = answerTo(error);
    host.switchToHttp().getResponse().status(status).json(body);
  }
}

@Module({
  imports: [DbSessionModule.forRoot()],
  controllers: [BankController],
  providers: [{ provide: APP_FILTER, useClass: AnswerErrors }],
})
export class AppModule {}
