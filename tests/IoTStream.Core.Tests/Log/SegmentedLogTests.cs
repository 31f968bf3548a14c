using System.Diagnostics;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Core.Tests.Log;

/// <summary>The log on a real disk; what it makes of crashes and damage is tested on a simulated one, in IoTStream.Simulation.</summary>
[Parallelizable(ParallelScope.All)]
public class SegmentedLogTests
{
    private static readonly SegmentedLogOptions Options = new(LogKind.Queue) { SegmentSize = 1000 };

    [Test]
    public void What_was_committed_is_there_when_the_log_is_opened_again()
    {
        using var folder = new TemporaryDirectory();
        DiskDirectory directory = DiskDirectory.Ensure(folder.File("a/b/log"));
        byte[] large = new byte[3_000_000];
        new Random(1).NextBytes(large);
        using (SegmentedLog log = SegmentedLog.Open(directory, Options))
        {
            log.Append(1, [1, 2, 3]).Should().Be(1);
            log.Commit();
            log.Append(2, large).Should().Be(2);
            log.Append(3, []).Should().Be(3);
            log.Commit();
            log.Append(4, [4]);
        }

        using SegmentedLog again = SegmentedLog.Open(directory, Options);

        again.NextSequence.Should().Be(4, "the last frame was not committed");
        using LogReader reader = again.Read(0);
        reader.TryRead(out LogFrame frame).Should().BeTrue();
        frame.Type.Should().Be(1);
        frame.Payload.ToArray().Should().Equal(1, 2, 3);
        reader.TryRead(out frame).Should().BeTrue();
        frame.Payload.SequenceEqual(large).Should().BeTrue();
        reader.TryRead(out frame).Should().BeTrue();
        frame.Payload.Length.Should().Be(0);
        reader.TryRead(out _).Should().BeFalse();
    }

    [Test]
    public void A_reader_beside_the_writer_follows_it_from_segment_to_segment()
    {
        using var folder = new TemporaryDirectory();
        DiskDirectory directory = DiskDirectory.Ensure(folder.File("log"));
        using SegmentedLog log = SegmentedLog.Open(directory, Options);
        using var reader = new LogReader(new DiskDirectory(folder.File("log")), LogKind.Queue, from: 0);
        for (int i = 1; i <= 50; i++)
        {
            log.Append(1, new byte[100]);
            log.Commit();
            reader.TryRead(out LogFrame frame).Should().BeTrue();
            frame.Sequence.Should().Be(i);
            reader.TryRead(out _).Should().BeFalse();
        }

        log.Segments.Should().HaveCountGreaterThan(3);
    }

    [Test]
    public void Segments_that_were_cut_away_are_deleted()
    {
        using var folder = new TemporaryDirectory();
        DiskDirectory directory = DiskDirectory.Ensure(folder.File("log"));
        using SegmentedLog log = SegmentedLog.Open(directory, Options);
        for (int i = 1; i <= 50; i++)
        {
            log.Append(1, new byte[100]);
            log.Commit();
        }

        log.CutBefore(30);
        directory.List().Should().Contain("00000000000000000001.log", "nothing is cut before the commit");
        log.Commit();

        log.Start.Should().BeInRange(20, 30);
        directory.List().Where(name => name.EndsWith(".log")).First().Should().Be(SegmentHeader.FileNameOf(log.Start));
        using LogReader reader = log.Read(0);
        reader.TryRead(out LogFrame frame).Should().BeTrue();
        frame.Sequence.Should().Be(log.Start);
        using LogReader late = log.Read(3);
        ((Action)(() => late.TryRead(out _))).Should().Throw<LogPositionLostException>().Which.Start.Should().Be(log.Start);
    }

    [Test]
    public void A_log_has_one_writer_at_a_time()
    {
        using var folder = new TemporaryDirectory();
        DiskDirectory directory = DiskDirectory.Ensure(folder.File("log"));
        using (SegmentedLog.Open(directory, Options))
        {
            Action open = () => SegmentedLog.Open(directory, Options);

            open.Should().Throw<LogInUseException>().WithMessage($"*this process (id {Environment.ProcessId})*").Which.ProcessId.Should().Be(Environment.ProcessId);
        }

        SegmentedLog.Open(directory, Options).Dispose();
    }

    [Test]
    [Platform("Linux")]
    public async Task A_log_that_another_process_has_is_refused()
    {
        using var folder = new TemporaryDirectory();
        DiskDirectory directory = DiskDirectory.Ensure(folder.File("log"));
        File.WriteAllText(folder.File("log/lock.owner"), "4711");
        using Process holder = Process.Start(
            new ProcessStartInfo("flock", [folder.File("log/lock"), "sh", "-c", "echo held; read line"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;
        (await holder.StandardOutput.ReadLineAsync()).Should().Be("held");

        Action open = () => SegmentedLog.Open(directory, Options);

        open.Should().Throw<LogInUseException>().WithMessage("*in use by the process with the id 4711*");
        holder.StandardInput.Close();
        await holder.WaitForExitAsync();
        SegmentedLog.Open(directory, Options).Dispose();
    }

    [Test]
    public void A_checksum_is_that_of_the_standard() => Crc32C.Of("123456789"u8).Should().Be(0xE3069283);

    [Test]
    public void A_checksum_is_that_of_its_bits_however_long_the_bytes_are_and_wherever_they_are_divided()
    {
        byte[] bytes = new byte[40_000];
        new Random(1).NextBytes(bytes);
        foreach (int length in (int[])[0, 1, 7, 8, 9, 100, 6143, 6144, 6145, 12_287, 12_288, 12_300, 40_000])
        {
            ReadOnlySpan<byte> part = bytes.AsSpan(bytes.Length - length);
            uint expected = BitByBit(part);
            Crc32C.Of(part).Should().Be(expected, "of {0} bytes", length);
            for (int i = 0; i <= length; i += Math.Max(1, length / 100))
            {
                Crc32C.End(Crc32C.Add(Crc32C.Add(Crc32C.Start, part[..i]), part[i..])).Should().Be(expected, "of {0} bytes divided at {1}", length, i);
            }
        }
    }

    [TestCase(0)]
    [TestCase(299_000)]
    [TestCase(1_999_990)]
    public void A_large_commit_that_went_bad_is_noticed_when_the_log_is_opened(int place)
    {
        using var folder = new TemporaryDirectory();
        DiskDirectory directory = DiskDirectory.Ensure(folder.File("log"));
        Fill(directory, new SegmentedLogOptions(LogKind.Queue), 2_000_000);
        string name = directory.List().Single(name => name.EndsWith(".log"));
        byte[] file = File.ReadAllBytes(folder.File("log/" + name));
        file[SegmentHeader.Size + FrameHeader.Size + place] ^= 1;
        File.WriteAllBytes(folder.File("log/" + name), file);

        Action open = () => SegmentedLog.Open(directory, new SegmentedLogOptions(LogKind.Queue));

        open.Should().Throw<LogDamagedException>().WithMessage("*checksum of the payload*");
    }

    [TestCase(300_000)]
    [TestCase(1_999_999)]
    public void A_large_commit_that_was_not_written_to_its_end_is_cut_off(int written)
    {
        using var folder = new TemporaryDirectory();
        DiskDirectory directory = DiskDirectory.Ensure(folder.File("log"));
        Fill(directory, new SegmentedLogOptions(LogKind.Queue), 1_000_000, 2_000_000);
        string path = folder.File("log/" + directory.List().Single(name => name.EndsWith(".log")));
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(SegmentHeader.Size + (2 * FrameHeader.Size) + 1_000_000 + written);
        }

        using SegmentedLog log = SegmentedLog.Open(directory, new SegmentedLogOptions(LogKind.Queue));

        log.NextSequence.Should().Be(2);
        log.CutOff!.Bytes.Should().Be(FrameHeader.Size + written);
    }

    private static void Fill(DiskDirectory directory, SegmentedLogOptions options, params int[] lengths)
    {
        using SegmentedLog log = SegmentedLog.Open(directory, options);
        foreach (int length in lengths)
        {
            byte[] payload = new byte[length];
            new Random(length).NextBytes(payload);
            log.Append(1, payload);
            log.Commit();
        }
    }

    private static uint BitByBit(ReadOnlySpan<byte> bytes)
    {
        uint state = 0xFFFFFFFF;
        foreach (byte next in bytes)
        {
            state ^= next;
            for (int bit = 0; bit < 8; bit++)
            {
                state = (state >> 1) ^ ((state & 1) * 0x82F63B78);
            }
        }

        return ~state;
    }
}
