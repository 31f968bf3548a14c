using System.Threading.Channels;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class ChannelSourceTests
{
    [Test]
    public async Task What_is_written_comes_out_in_order_until_the_channel_is_completed([Values(1, 3, 1000)] int batchSize)
    {
        var channel = Channel.CreateBounded<int>(5);
        await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(channel.Reader), batchSize);
        Task<List<int>> reading = opened.ReadToEndAsync();
        for (int i = 0; i < 1000; i++)
        {
            await channel.Writer.WriteAsync(i);
        }

        channel.Writer.Complete();

        (await Within.Time(reading)).Should().Equal(Enumerable.Range(0, 1000));
    }

    [Test]
    public async Task It_says_when_there_is_something_again()
    {
        var channel = Channel.CreateUnbounded<int>();
        await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(channel.Reader));
        opened.Read().Should().Be(ReadStatus.Drained);

        channel.Writer.TryWrite(1);
        await opened.NotificationAsync();

        opened.ReadAvailable();
        opened.Records[0].Should().Equal(1);
    }

    [Test]
    public async Task What_was_not_asked_for_stays_in_the_channel()
    {
        var channel = Channel.CreateUnbounded<int>();
        foreach (int i in Enumerable.Range(0, 10))
        {
            channel.Writer.TryWrite(i);
        }

        OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(channel.Reader), batchSize: 4);
        opened.Read().Should().Be(ReadStatus.More);
        await opened.DisposeAsync();

        channel.Reader.Count.Should().Be(6);
    }

    [Test]
    public async Task The_error_that_a_channel_is_completed_with_comes_out_after_its_records()
    {
        var channel = Channel.CreateUnbounded<int>();
        channel.Writer.TryWrite(1);
        channel.Writer.Complete(new NotSupportedException("broken"));
        await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(channel.Reader));

        await ((Func<Task>)opened.ReadToEndAsync).Should().ThrowAsync<NotSupportedException>().WithMessage("broken");
        opened.Records[0].Should().Equal(1);
    }

    [Test]
    public async Task A_reader_that_waits_leaves_the_channel_alone_once_disposed()
    {
        var channel = Channel.CreateUnbounded<int>();
        OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(channel.Reader));
        opened.Read();
        await opened.DisposeAsync();

        channel.Writer.TryWrite(1).Should().BeTrue();
        channel.Reader.Count.Should().Be(1);
    }
}
