using System.Diagnostics;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Tool.Tests;

[Parallelizable(ParallelScope.All)]
public class LogCommandTests
{
    private static readonly EpochTable[] Tables = [new(0, "speed", "string>double"), new(1, "sensors", "bytes"), new(2, "alerts", "json")];

    [Test]
    public void List_shows_segments_epochs_tables_and_savepoints()
    {
        using var folder = new TemporaryDirectory();
        string log = Write(folder);

        (int code, string output, _) = Run("log", "list", log);

        code.Should().Be(0);
        output.Should().Contain("epochs 1 to 60")
            .And.MatchRegex(@"00000000000000000001\.log +\d+ ")
            .And.Contain("Last epoch 60")
            .And.MatchRegex(@"speed \(state\) +9 +60 .*string>double")
            .And.MatchRegex(@"sensors \(positions\) +1 +60 ")
            .And.MatchRegex(@"alerts \(outbox\) +- +60 ")
            .And.MatchRegex(@"nightly +60 ");
    }

    [Test]
    public void Verify_says_that_a_log_and_its_savepoints_are_whole()
    {
        using var folder = new TemporaryDirectory();
        string log = Write(folder);

        (int code, string output, _) = Run("log", "verify", log);

        code.Should().Be(0);
        output.Should().Contain("60 epochs").And.Contain("Savepoint").And.NotContain("Damaged");
    }

    [Test]
    public void A_log_in_use_can_be_looked_at()
    {
        using var folder = new TemporaryDirectory();
        string log = Write(folder);
        using EpochWriter writer = EpochWriter.Open(EpochLog.At(log), TimeProvider.System);

        Run("log", "verify", log).Code.Should().Be(0);
        Run("log", "list", log).Code.Should().Be(0);
        Run("log", "dump", log).Code.Should().Be(0);
    }

    [Test]
    public void Verify_finds_all_damage()
    {
        using var folder = new TemporaryDirectory();
        string log = Write(folder);
        string[] segments = [.. Directory.GetFiles(log, "*.log").Order(StringComparer.Ordinal)];
        Flip(segments[1], 500);
        Flip(segments[2], 20);
        File.Delete(segments[4]);

        (int code, string output, _) = Run("log", "verify", log);

        code.Should().Be(1);
        output.Should().Contain($"'{segments[1]}', offset").And.Contain($"'{segments[2]}', offset 0").And.Contain($"'{segments[4]}', offset 0: the segment is missing");
        Run("log", "list", log).Code.Should().Be(1);
        Run("log", "dump", log).Code.Should().Be(1);
    }

    [Test]
    public void A_savepoint_that_lost_its_last_file_is_damaged()
    {
        using var folder = new TemporaryDirectory();
        string log = Write(folder);
        File.Delete(Directory.GetFiles(Path.Combine(log, "savepoints", "nightly"), "*.log").Order(StringComparer.Ordinal).Last());

        (int code, string output, _) = Run("log", "verify", log);

        code.Should().Be(1);
        output.Should().Contain("It should end with epoch 60");
    }

    [Test]
    public void A_commit_that_was_cut_short_is_no_damage()
    {
        using var folder = new TemporaryDirectory();
        string log = Write(folder);
        string last = Directory.GetFiles(log, "*.log").Order(StringComparer.Ordinal).Last();
        using (FileStream file = File.OpenWrite(last))
        {
            file.SetLength(file.Length - 10);
        }

        (int code, string output, _) = Run("log", "verify", log);

        code.Should().Be(0);
        output.Should().Contain("cut short").And.Contain("59 epochs");
    }

    [Test]
    public void Dump_prints_the_entries_that_are_asked_for()
    {
        using var folder = new TemporaryDirectory();
        string log = Write(folder);

        Run("log", "dump", log, "--from", "12", "--to", "12", "--table", "speed", "--format", "Text").Output.ReplaceLineEndings("\n").Split('\n')[1..]
            .Should().Equal("  changes speed group 2: 1 entries, 104 bytes", "    k2 = " + new string('x', 100), "");
        Run("log", "dump", log, "--from", "12", "--to", "12", "--table", "sensors", "--json").Output.Trim()
            .Should().Be("""{"epoch":12,"section":"positions","table":"sensors","key":"70","value":"0c"}""");
        Run("log", "dump", log, "--from", "60", "--format", "Text").Output.Should().Contain("    k9 deleted");
    }

    [Test]
    public void A_topic_of_a_queue_is_shown_by_records_and_consumers()
    {
        using var folder = new TemporaryDirectory();
        DiskDirectory directory = DiskDirectory.Ensure(folder.File("readings"));
        using (TopicWriter topic = TopicWriter.Open(directory, DurableQueue.At(folder.File("")), TimeProvider.System))
        {
            var batch = new QueueBatchBuilder();
            batch.Add(0, "pump"u8, hasKey: true, Connectors.RecordHeaders.Empty, "1"u8);
            batch.Add(0, [], hasKey: false, Connectors.RecordHeaders.Empty, "2"u8);
            topic.Append(batch);
        }

        new ConsumerPosition(directory, "dashboard").Write(1);

        Run("log", "list", directory.Path).Output.Should().Contain("Records from offset 0 to 1").And.MatchRegex(@"dashboard +1");
        Run("log", "dump", directory.Path, "--format", "Text").Output.ReplaceLineEndings("\n").Should()
            .Be("0 0001-01-01 00:00:00.0000000Z pump = 1\n1 0001-01-01 00:00:00.0000000Z = 2\n");
        Run("log", "dump", directory.Path, "--from", "1", "--json").Output.Trim().Should()
            .Be("""{"offset":1,"timestamp":"0001-01-01 00:00:00.0000000Z","key":null,"value":"32"}""");
        Run("log", "verify", directory.Path).Code.Should().Be(0);
    }

    [Test]
    public void A_wrong_command_line_and_a_directory_without_a_log_are_told_apart_from_damage()
    {
        using var folder = new TemporaryDirectory();

        Run("log", "list", folder.File("none")).Should().Match<(int Code, string Output, string Error)>(run => run.Code == 2 && run.Error.Contains("There is no log"));
        Run("log", "list").Code.Should().Be(2);
        Run("log", "burn", "x").Code.Should().Be(2);
        Run("--help").Code.Should().Be(0);
    }

    [Test]
    public async Task It_runs_as_a_program()
    {
        using var folder = new TemporaryDirectory();
        string log = Write(folder);
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "IoTStream.Tool.dll"), "log", "verify", log])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;

        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        output.Should().Contain("Whole.");
        process.ExitCode.Should().Be(0);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = ToolCommand.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static string Write(TemporaryDirectory folder)
    {
        string path = folder.File("state");
        using EpochWriter writer = EpochWriter.Open(EpochLog.At(path) with { SegmentSize = 4096 }, TimeProvider.System);
        var lane = new EpochContribution();
        for (int i = 1; i <= 60; i++)
        {
            lane.Clear();
            lane.Begin(SectionKind.Changes, table: 0, keyGroup: i % 10);
            if (i == 60)
            {
                lane.Delete("k9"u8);
            }
            else
            {
                lane.Put([(byte)'k', (byte)('0' + (i % 10))], [.. Enumerable.Repeat((byte)'x', 100)]);
            }

            lane.Begin(SectionKind.Positions, table: 1);
            lane.Put("p"u8, [(byte)i]);
            lane.Begin(SectionKind.Outbox, table: 2);
            lane.Put([], [(byte)i]);
            writer.Commit(turnStart: 1, completesTurn: false, keepFrom: 1, Tables, "test"u8, [lane]);
        }

        writer.CreateSavepoint("nightly");
        return path;
    }

    private static void Flip(string file, int offset)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[offset] ^= 4;
        File.WriteAllBytes(file, bytes);
    }
}
