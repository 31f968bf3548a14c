using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class FileSinkTests
{
    private static readonly ICodec<int> Codec = Json.Of<int>();

    [Test]
    public async Task An_existing_file_is_appended_to_by_default()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", "1\n");

        await OpenedSink<int>.WriteAllAsync(JsonLines.Write(path, Codec), [2, 3]);

        (await File.ReadAllTextAsync(path)).Should().Be("1\n2\n3\n");
    }

    [Test]
    public async Task A_torn_last_line_does_not_spoil_the_next()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", "1\n{\"to");

        await OpenedSink<int>.WriteAllAsync(JsonLines.Write(path, Codec), [2]);

        (await File.ReadAllTextAsync(path)).Should().Be("1\n{\"to\n2\n");
    }

    [Test]
    public async Task An_existing_file_can_be_replaced_or_refused()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("file", "something longer");
        ISink<int> refusing = JsonLines.Write(path, Codec, new FileSinkOptions { Existing = ExistingFile.Refuse });
        await refusing.Awaiting(OpenedSink<int>.OpenAsync).Should().ThrowAsync<IOException>();

        await OpenedSink<int>.WriteAllAsync(JsonLines.Write(path, Codec, new FileSinkOptions { Existing = ExistingFile.Replace }), [2]);

        (await File.ReadAllTextAsync(path)).Should().Be("2\n");
    }

    [Test]
    public async Task The_directory_is_created()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("a/b/file");

        await OpenedSink<int>.WriteAllAsync(JsonLines.Write(path, Codec), [1]);

        File.Exists(path).Should().BeTrue();
    }

    [Test]
    public async Task A_flush_makes_records_visible_while_the_job_goes_on()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("file");
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(JsonLines.Write(path, Codec));
        await opened.WriteAsync(1, 2);
        await opened.FlushAsync();

        (await File.ReadAllTextAsync(path)).Should().Be("1\n2\n");
    }

    [Test]
    public async Task A_full_buffer_is_written_without_a_flush()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("file");
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(JsonLines.Write(path, Codec, new FileSinkOptions { BufferSize = 4 }));
        await opened.WriteAsync(1, 2, 3);

        (await File.ReadAllTextAsync(path)).Should().Be("1\n2\n");
    }

    [Test]
    public async Task A_job_that_does_not_complete_leaves_whole_lines_and_a_closed_file()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("file");
        OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(JsonLines.Write(path, Codec));
        await opened.WriteAsync(1);
        await opened.FlushAsync();
        await opened.WriteAsync(2);
        await opened.DisposeAsync();

        (await File.ReadAllTextAsync(path)).Should().Be("1\n");
        await using var exclusive = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Test]
    public async Task An_encoder_that_writes_nothing_fails_the_job()
    {
        using var directory = new TemporaryDirectory();
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(JsonLines.Write(directory.File("file"), new SilentEncoder()));

        await opened.Awaiting(static sink => sink.WriteAsync(1)).Should().ThrowAsync<InvalidOperationException>().WithMessage("*wrote nothing*");
    }

    [Test]
    public void Options_are_checked_where_they_are_set()
    {
        ((Action)(static () => _ = new FileSinkOptions { BufferSize = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("FileSinkOptions.BufferSize is 0*");
        ((Action)(static () => _ = new FileSinkOptions { Existing = (ExistingFile)9 })).Should().Throw<ArgumentOutOfRangeException>();
    }

    private sealed class SilentEncoder : IEncoder<int>
    {
        public void Encode(int value, System.Buffers.IBufferWriter<byte> output)
        {
        }
    }
}
