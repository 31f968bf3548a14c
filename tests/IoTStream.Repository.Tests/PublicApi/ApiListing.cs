using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace IoTStream.Repository.Tests.PublicApi;

/// <summary>
/// Writes down what a package's assembly offers, as C#: a block a type, a line a member, sorted. The compiler reads the assembly, since nobody
/// decodes nullability, tuple names, ref kinds and extension members as a user's compiler will but the compiler itself.
/// </summary>
internal static class ApiListing
{
    public static string Of(string package)
    {
        CSharpCompilation compilation = CSharpCompilation.Create("listing", references: References.All);
        IAssemblySymbol assembly = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(References.To(package))!;
        return Of(assembly.GlobalNamespace);
    }

    /// <summary>The listing of the types in and below a namespace.</summary>
    public static string Of(INamespaceSymbol root)
    {
        StringBuilder text = new();
        foreach (IGrouping<string, INamedTypeSymbol> space in root.VisibleTypes()
            .GroupBy(type => type.ContainingNamespace.ToDisplayString(), StringComparer.Ordinal)
            .OrderBy(space => space.Key, StringComparer.Ordinal))
        {
            text.Append("namespace ").Append(space.Key).Append(";\n\n");
            foreach (INamedTypeSymbol type in space.OrderBy(type => type.ToDisplayString(ApiFormat.Type), StringComparer.Ordinal))
            {
                text.AppendType(type).Append('\n');
            }
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static StringBuilder AppendType(this StringBuilder text, INamedTypeSymbol type)
    {
        text.AppendAttributes(type, "").Append(TypeDeclaration.Of(type));
        if (type.TypeKind == TypeKind.Delegate)
        {
            return text.Append(";\n");
        }

        text.Append("\n{\n");
        foreach (ISymbol member in type.VisibleMembers())
        {
            text.AppendAttributes(member, "    ").Append("    ").Append(Declaration(member)).Append('\n');
        }

        return text.Append("}\n");
    }

    private static StringBuilder AppendAttributes(this StringBuilder text, ISymbol symbol, string indent)
    {
        foreach (string attribute in ApiAttributes.Of(symbol))
        {
            text.Append(indent).Append(attribute).Append('\n');
        }

        return text;
    }

    private static string Declaration(ISymbol member) => member switch
    {
        IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } value => $"{value.Name} = {value.ConstantValue},",
        IPropertySymbol => member.ToDisplayString(ApiFormat.Member),
        _ => member.ToDisplayString(ApiFormat.Member) + ";",
    };
}
