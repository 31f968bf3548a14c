using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class ConsoleSinkTests
{
    [Test]
    public async Task Each_record_is_a_line_and_the_writer_is_left_open()
    {
        await using var output = new StringWriter { NewLine = "\n" };

        await OpenedSink<int>.WriteAllAsync(ConsoleSink.Lines<int>(static record => $"#{record}", output), [1, 2, 3], batchSize: 2);
        await output.WriteAsync("end");

        output.ToString().Should().Be("#1\n#2\n#3\nend");
    }

    [Test]
    public async Task A_slow_console_holds_the_pipeline_back_but_not_the_lane()
    {
        await using var output = new BlockingWriter();
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(ConsoleSink.Lines<int>(static record => $"{record}", output));

        Task writing = opened.WriteAsync(1);
        writing.IsCompleted.Should().BeFalse();
        output.Gate.Release();
        await writing;
    }

    private sealed class BlockingWriter : StringWriter
    {
        public SemaphoreSlim Gate { get; } = new(0);

        public override Task WriteAsync(System.Text.StringBuilder? value, CancellationToken cancellationToken = default)
        {
            Gate.Wait(Within.Limit, cancellationToken);
            return base.WriteAsync(value, cancellationToken);
        }
    }
}
