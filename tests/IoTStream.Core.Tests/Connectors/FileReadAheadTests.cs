using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class FileReadAheadTests
{
    [Test]
    public async Task It_reads_one_chunk_ahead_and_no_more()
    {
        using var directory = new TemporaryDirectory();
        using var notified = new SemaphoreSlim(0);
        await using var file = new FileReadAhead(Open(directory.Write("file", new string('x', 1000))), 0, 10, () => notified.Release());

        notified.CurrentCount.Should().Be(0, "nothing is read before it is asked for");
        bool isThereAtOnce = file.TryFill();
        await NotificationAsync(notified);
        (isThereAtOnce || file.TryFill()).Should().BeTrue();
        file.Unread.Length.Should().Be(10);

        await NotificationAsync(notified);
        file.Unread.Length.Should().Be(10);
        notified.CurrentCount.Should().Be(0, "the next read starts only when its chunk has a place to go");
        file.TryFill().Should().BeTrue();
        file.Unread.Length.Should().Be(20);
    }

    [Test]
    public async Task What_is_not_consumed_stays_in_front()
    {
        using var directory = new TemporaryDirectory();
        using var notified = new SemaphoreSlim(0);
        await using var file = new FileReadAhead(Open(directory.Write("file", "abcdefghij")), 0, 4, () => notified.Release());

        string seen = "";
        while (!file.AtEnd)
        {
            if (!file.TryFill())
            {
                await NotificationAsync(notified);
                continue;
            }

            seen += $"|{Encoding.UTF8.GetString(file.Unread.Span)}";
            file.Consume(Math.Min(file.Unread.Length, 3));
        }

        seen.Should().Be("|abcd|defgh|ghij|j");
    }

    private static Microsoft.Win32.SafeHandles.SafeFileHandle Open(string path) => File.OpenHandle(path, options: FileOptions.Asynchronous);

    private static async Task NotificationAsync(SemaphoreSlim notified) => (await notified.WaitAsync(Within.Limit)).Should().BeTrue();
}
