using System.Buffers.Binary;
using System.Diagnostics;
using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Benchmarks.Macro;

/// <summary>
/// How fast epochs are committed and replayed, and how long the log is: state of many keys, written once as a turn of the rolling snapshot, with a few changes an
/// epoch. Replaying is compared with merely reading the files, both from the system's cache.
/// </summary>
internal static class RecoveryReport
{
    private const int Groups = 128;
    private const int Epochs = 64;
    private const int KeySize = 8;
    private const int ValueSize = 24;
    private const int Repetitions = 5;

    public static void Run()
    {
        foreach (int keys in (int[])[1_000_000, 10_000_000])
        {
            Run(keys);
        }
    }

    private static void Run(int keys)
    {
        string directory = Directory.CreateTempSubdirectory("iotstream-recovery-").FullName;
        try
        {
            EpochLog log = EpochLog.At(directory);
            TimeSpan writing = Write(log, keys);
            string[] files = Directory.GetFiles(directory, "*.log");
            long bytes = files.Sum(file => new FileInfo(file).Length);
            TimeSpan reading = TimeSpan.MaxValue;
            TimeSpan replaying = TimeSpan.MaxValue;
            for (int i = 0; i < Repetitions; i++)
            {
                reading = Min(reading, Measure(() => Read(files)));
                replaying = Min(replaying, Measure(() => Replay(log, keys)));
            }

            Console.WriteLine(
                $"{keys,12:N0} keys: {bytes / 1048576.0,8:F1} MiB, written in {writing.TotalMilliseconds,8:F0} ms; read {Speed(bytes, reading)}, "
                + $"replayed {Speed(bytes, replaying)}: {reading / replaying:F2} of the speed of reading");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static TimeSpan Write(EpochLog log, int keys)
    {
        using EpochWriter writer = EpochWriter.Open(log, TimeProvider.System);
        var lane = new EpochContribution();
        EpochTable[] tables = [new(0, "state", "long>24 bytes")];
        return Measure(() =>
        {
            for (int epoch = 0; epoch < Epochs; epoch++)
            {
                lane.Clear();
                for (int group = 0; group < Groups; group++)
                {
                    lane.Begin(SectionKind.Share, 0, group);
                    for (long key = group + ((long)keys * epoch / Epochs / Groups * Groups); key < (long)keys * (epoch + 1) / Epochs; key += Groups)
                    {
                        Span<byte> entry = lane.Put(KeySize, ValueSize);
                        BinaryPrimitives.WriteInt64LittleEndian(entry, key);
                        entry[KeySize..].Fill((byte)key);
                    }
                }

                writer.Commit(turnStart: 1, completesTurn: epoch == Epochs - 1, keepFrom: 1, tables, default, [lane]);
            }
        });
    }

    private static void Read(string[] files)
    {
        byte[] piece = new byte[256 * 1024];
        foreach (string name in files)
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(name);
            for (long at = 0, count; (count = RandomAccess.Read(file, piece, at)) > 0;)
            {
                at += count;
            }
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private static void Replay(EpochLog log, int keys)
    {
        using var replay = new EpochReader(new DiskDirectory(log.Directory), from: 0);
        long count = 0;
        long sum = 0;
        while (replay.TryRead(out Epoch epoch))
        {
            foreach (EpochSection section in epoch)
            {
                foreach (EpochEntry entry in section)
                {
                    sum += BinaryPrimitives.ReadInt64LittleEndian(entry.Key) + entry.Value[ValueSize - 1];
                    count++;
                }
            }
        }

        if (count < keys || sum == 0)
        {
            throw new InvalidOperationException($"Of {keys} entries {count} came back.");
        }
    }

    private static TimeSpan Measure(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string Speed(long bytes, TimeSpan time) => $"{bytes / time.TotalSeconds / 1e9,5:F2} GB/s";
}
