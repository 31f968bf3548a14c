using System.CommandLine;
using IoTStream.Log;

namespace IoTStream.Tool;

/// <summary>The command line of the tool.</summary>
internal static class ToolCommand
{
    /// <summary>Runs a command.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Shows and verifies what epoch logs and durable queues of IoTStream hold.")
        {
            new Command("log", "Looks at a log; it may be in use, and is not changed.") { List(output), Verify(output), Dump(output) },
        };
        ParseResult parsed = root.Parse(arguments);
        var streams = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        try
        {
            int code = parsed.Invoke(streams);
            return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
        }
        catch (LogDamagedException damage)
        {
            error.WriteLine(damage.Message);
            return ExitCode.Damaged;
        }
        catch (Exception exception) when (exception is UsageException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(exception.Message);
            return ExitCode.Usage;
        }
    }

    private static Argument<string> Directory() => new("DIRECTORY") { Description = "The directory of the log, of a savepoint, or of a topic of a queue." };

    private static Command List(TextWriter output)
    {
        Argument<string> directory = Directory();
        var command = new Command("list", "Shows segments, epochs, tables, and savepoints.") { directory };
        command.SetAction(parsed => LogListing.Write(LogDirectory.Open(parsed.GetRequiredValue(directory)), output));
        return command;
    }

    private static Command Verify(TextWriter output)
    {
        Argument<string> directory = Directory();
        var command = new Command("verify", "Reads all of it, savepoints included, and shows everything that is wrong.") { directory };
        command.SetAction(parsed => LogVerification.Write(LogDirectory.Open(parsed.GetRequiredValue(directory)), output));
        return command;
    }

    private static Command Dump(TextWriter output)
    {
        Argument<string> directory = Directory();
        var from = new Option<long>("--from") { Description = "The first epoch or record.", HelpName = "NUMBER" };
        var to = new Option<long>("--to") { Description = "The last epoch or record.", HelpName = "NUMBER", DefaultValueFactory = _ => long.MaxValue };
        var table = new Option<string?>("--table") { Description = "Only the entries of one table, source or sink.", HelpName = "NAME" };
        var format = new Option<BytesFormat>("--format") { Description = "How keys and values are shown.", DefaultValueFactory = _ => BytesFormat.Hex };
        var json = new Option<bool>("--json") { Description = "One JSON object a line instead of text." };
        var command = new Command("dump", "Prints the entries.") { directory, from, to, table, format, json };
        command.SetAction(parsed =>
        {
            var options = new DumpOptions(
                parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(table), parsed.GetValue(format), parsed.GetValue(json));
            return LogDump.Write(LogDirectory.Open(parsed.GetRequiredValue(directory)), options, output);
        });
        return command;
    }
}
