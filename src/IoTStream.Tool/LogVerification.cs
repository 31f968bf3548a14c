using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Tool;

/// <summary>Reads all of a log, and shows what is wrong with it.</summary>
internal static class LogVerification
{
    public static int Write(LogDirectory log, TextWriter output)
    {
        int code = Verify(log.Files, log.Kind, output, "Log");
        foreach (Savepoint savepoint in Savepoint.List(log.Files))
        {
            output.WriteLine();
            code = Math.Max(code, VerifySavepoint(savepoint, output));
        }

        return code;
    }

    private static int VerifySavepoint(Savepoint savepoint, TextWriter output)
    {
        int code = Verify(new DiskDirectory(savepoint.Path), LogKind.Epochs, output, "Savepoint", out long last);
        if (last != savepoint.Epoch)
        {
            output.WriteLine($"It should end with epoch {savepoint.Epoch}, but ends with {last}: files are missing.");
            return ExitCode.Damaged;
        }

        return code;
    }

    private static int Verify(IDiskDirectory files, LogKind? kind, TextWriter output, string what) => Verify(files, kind, output, what, out _);

    private static int Verify(IDiskDirectory files, LogKind? kind, TextWriter output, string what, out long last)
    {
        long frames = 0;
        long bytes = 0;
        var malformed = new List<string>();
        LogCheck check = LogCheck.Run(files, (in LogFrame frame) =>
        {
            bytes += frame.End - frame.Offset;
            if (frame.Type > FrameType.LastOwn)
            {
                return;
            }

            frames++;
            if (kind == LogKind.Epochs && MalformedEpoch(frame) is { } reason)
            {
                malformed.Add($"'{frame.File}', offset {frame.Offset}: the frame is whole, but is no epoch: {reason}");
            }
        });
        last = check.NextSequence - 1;
        output.WriteLine($"{what} {files.Path}: {frames:N0} {(kind is LogKind.Queue or LogKind.Broker ? "batches" : "epochs")}, {check.Segments.Count:N0} segments, {bytes:N0} bytes checked");
        malformed.ForEach(output.WriteLine);
        int code = Math.Max(Damages.Write(check, output), malformed.Count > 0 ? ExitCode.Damaged : ExitCode.Whole);
        output.WriteLine(code == ExitCode.Whole ? "Whole." : "Damaged.");
        return code;
    }

    private static string? MalformedEpoch(in LogFrame frame)
    {
        try
        {
            foreach (EpochSection section in new Epoch(frame.Sequence, frame.Payload))
            {
                int count = 0;
                foreach (EpochEntry _ in section)
                {
                    count++;
                }

                if (count != section.Count)
                {
                    return $"a section of {section.Count} entries has {count}.";
                }
            }

            return null;
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            return exception.Message;
        }
    }
}
